// Leases: who is there, who holds a name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CountedTime } from "../../coordinator/cluster/counted-time.js";
import { Leases } from "../../coordinator/cluster/leases.js";

test("a lease ends when nothing is heard for its time", () => {
  const leases = new Leases(1000);
  leases.join(0, "a", "a1", 0);
  leases.join(1, "b", "b1", 500);
  assert.deepEqual(leases.expired(999), []);
  assert.deepEqual(leases.expired(1000), [0]);
  leases.touch(0, 1200);
  assert.deepEqual(leases.expired(1500), [1]);
  leases.end(1);
  assert.deepEqual(leases.expired(2199), []);
  assert.deepEqual(leases.expired(2200), [0]);
});

test("the newest process holds a name, and the one before never again", () => {
  const leases = new Leases(1000);
  assert.deepEqual(leases.join(0, "a", "old", 0), { kind: "joined", replaced: null, otherProcess: false });
  assert.deepEqual(leases.join(1, "a", "new", 1), { kind: "joined", replaced: 0, otherProcess: true });
  assert.deepEqual(leases.join(2, "a", "old", 2), { kind: "superseded" });
  leases.end(1);
  assert.deepEqual(leases.join(3, "a", "old", 3), { kind: "superseded" });
});

test("a process replaces its own stream, whose end then ends nothing", () => {
  const leases = new Leases(1000);
  leases.join(0, "a", "a1", 0);
  assert.deepEqual(leases.join(1, "a", "a1", 1), { kind: "joined", replaced: 0, otherProcess: false });
  leases.end(0);
  leases.touch(0, 900);
  assert.deepEqual(leases.expired(1001), [1]);
});

test("CountedTime leaves out the time in which nothing at all happened", () => {
  const time = new CountedTime(1000);
  assert.deepEqual(time.at(5000), { nowMs: 5000, stoodMs: 0 });
  assert.deepEqual(time.at(5999), { nowMs: 5999, stoodMs: 0 });
  assert.deepEqual(time.at(9000), { nowMs: 5999, stoodMs: 3001 });
  assert.deepEqual(time.at(9100), { nowMs: 6099, stoodMs: 0 });
});

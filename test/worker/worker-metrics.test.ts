// What a worker tells Prometheus about others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerMetrics } from "../../worker/worker-metrics.js";

test("WorkerMetrics.linked() counts links by the way that large states take", async () => {
  const metrics = new WorkerMetrics("0.0.0");
  const linkOf = (producer: string, sharesMemory: boolean) => ({
    producer,
    sharesMemory,
    receivedBytes: 0,
    close: () => undefined,
  });
  metrics.linked([linkOf("a", true), linkOf("b", false), linkOf("c", true)]);
  const text = await metrics.registry.getSingleMetricAsString("painters_data_links");
  assert.match(text, /^painters_data_links\{via="memory"\} 2\npainters_data_links\{via="connection"\} 1$/m);
  metrics.linked([]);
  const later = await metrics.registry.getSingleMetricAsString("painters_data_links");
  assert.match(later, /\{via="memory"\} 0\n.*\{via="connection"\} 0$/m);
});

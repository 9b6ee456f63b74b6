// Mutual TLS with the certificates of `painters certs`: who gets in, what both
// sides say otherwise, and files that change while a server runs.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { Client, credentials as grpcCredentials, type StatusObject } from "@grpc/grpc-js";
import { createAuthority, issue } from "../../coordinator/commands/certificate-authority.js";
import { makeCertificates } from "../../coordinator/commands/certs.js";
import { parseAddress } from "../../proto/address.js";
import { CertificateFilesError } from "../../proto/certificate-files.js";
import { attachControl } from "../../proto/control-client.js";
import { attachMethod } from "../../proto/control-method.js";
import { serveControl } from "../../proto/control-server.js";
import {
  type Credentials,
  carriesName,
  loadCredentials,
  type SecuritySettings,
} from "../../proto/credentials.js";
import { openDataLink } from "../../proto/data-client.js";
import { serveData } from "../../proto/data-server.js";
import { explain, LinkError } from "../../proto/link-error.js";
import { createServer } from "../../proto/server.js";
import { Events, helloOf, plain } from "./loopback.js";

const root = await mkdtemp(path.join(os.tmpdir(), "painters-tls-"));
after(() => rm(root, { recursive: true }));
const hosts = ["localhost", "127.0.0.1"];
for (const lab of ["ours", "theirs"]) {
  await makeCertificates({
    dir: path.join(root, lab),
    worker: ["w", "v"],
    host: hosts,
    days: 2,
    force: false,
  });
}

function settings(name: string, lab = "ours", caLab = lab): SecuritySettings {
  const file = (folder: string, base: string): string => path.join(root, folder, base);
  return {
    tls: { ca: file(caLab, "ca.crt"), cert: file(lab, `${name}.crt`), key: file(lab, `${name}.key`) },
    insecure: false,
  };
}

async function load(
  t: TestContext,
  given: SecuritySettings,
  changed?: (problem: string | null) => void,
): Promise<Credentials> {
  const credentials = await loadCredentials(given, changed);
  t.after(() => credentials.close());
  return credentials;
}

async function startCoordinator(t: TestContext, credentials: Credentials) {
  const refused = new Events<string>();
  const server = createServer({ address: "127.0.0.1:0", credentials, refused: refused.add });
  serveControl(server, {
    attached: (link) => link.close("welcome and farewell", true),
    message: () => {},
    closed: () => {},
  });
  const outlet = serveData(server, { mayPull: (name) => name === "w" });
  const address = await server.listen();
  t.after(() => server.shutdown(0));
  return { address, refused, outlet };
}

/** What a worker named `w` hears from the coordinator. */
function attachOnce(address: string, credentials: Credentials): Promise<string> {
  return new Promise((resolve) =>
    attachControl(address, credentials, () => helloOf("w"), {
      attached: () => {},
      message: () => {},
      closed: ({ reason }) => resolve(reason),
    }),
  );
}

test("a worker gets in by IP address and host name, with its own certificate only", async (t) => {
  const { address } = await startCoordinator(t, await load(t, settings("coordinator")));
  const byName = `localhost:${parseAddress(address).port}`;
  const worker = await load(t, settings("w"));
  assert.match(await attachOnce(address, worker), /welcome and farewell/);
  assert.match(await attachOnce(byName, worker), /welcome and farewell/);
  assert.match(
    await attachOnce(address, await load(t, settings("v"))),
    /worker "w" was refused: its certificate is for v, not for "w"/,
  );
});

test("wrong CAs and missing TLS are said on both sides", async (t) => {
  const { address, refused } = await startCoordinator(t, await load(t, settings("coordinator")));
  assert.match(await attachOnce(address, await load(t, settings("w", "theirs"))), /was not signed by our CA/);
  assert.match(await refused.next(), /may have TLS files|trust the other's CA/);

  const halfWrong = await load(t, settings("w", "theirs", "ours"));
  assert.match(await attachOnce(address, halfWrong), /cannot reach the coordinator/);
  assert.match(await refused.next(), /its certificate was not signed by our CA/);

  assert.match(await attachOnce(address, plain), /one side may have TLS files and the other none/);
  assert.match(await refused.next(), /does not speak TLS/);

  const open = await startCoordinator(t, plain);
  assert.match(await attachOnce(open.address, await load(t, settings("w"))), /does not speak TLS/);
});

test("a server whose certificate is another's is not trusted", async (t) => {
  const { address } = await startCoordinator(t, await load(t, settings("v")));
  assert.match(
    await attachOnce(address, await load(t, settings("w"))),
    /its certificate is for v, not for 127\.0\.0\.1; issue one that names it/,
  );
});

test("data links check both names", async (t) => {
  const { address, outlet } = await startCoordinator(t, await load(t, settings("v")));
  const frames = new Events<number>();
  const open = async (files: string, self: string, producer: string) =>
    openDataLink(
      { address, credentials: await load(t, settings(files)), self, producer },
      { frame: ({ payload }) => frames.add(payload.length), closed: () => {} },
    );
  const link = await open("w", "w", "v");
  t.after(() => link.close());
  void outlet.send("w", {
    epoch: 1,
    injection: 1,
    state: 1,
    from: 0,
    to: 1,
    shape: [9],
    isRunningSum: false,
    begin: 0,
    payload: new Float32Array(9),
  });
  assert.equal(await frames.next(), 9);
  const isRefused = (pattern: RegExp) => (error: unknown) =>
    error instanceof LinkError && pattern.test(error.message);
  await assert.rejects(
    open("client", "w", "v"),
    isRefused(/worker "w" was refused: its certificate is for client/),
  );
  await assert.rejects(open("coordinator", "coordinator", "v"), isRefused(/may not pull/));
  await assert.rejects(open("w", "w", "x"), isRefused(/its certificate is for v, not for x/));
});

test("expired certificates are named by their owner and by the other side", async (t) => {
  const { authority, issued } = await createAuthority();
  const folder = path.join(root, "expired");
  await makeCertificates({ dir: folder, worker: ["w"], host: hosts, days: 2, force: false });
  const expired = await issue(authority, {
    name: "w",
    hosts: [],
    usages: ["client", "server"],
    days: -0.001,
  });
  await Promise.all([
    writeFile(path.join(folder, "ca.crt"), issued.certificatePem),
    writeFile(path.join(folder, "w.crt"), expired.certificatePem),
    writeFile(path.join(folder, "w.key"), expired.keyPem),
  ]);
  await assert.rejects(loadCredentials(settings("w", "expired")), (error) => {
    assert.ok(error instanceof CertificateFilesError && error.exitCode === 2);
    assert.match(error.message, /w\.crt expired on /);
    return true;
  });
  const good = await issue(authority, { name: "coordinator", hosts, usages: ["server"], days: 1 });
  await writeFile(path.join(folder, "coordinator.crt"), good.certificatePem);
  await writeFile(path.join(folder, "coordinator.key"), good.keyPem);
  const { address, refused } = await startCoordinator(t, await load(t, settings("coordinator", "expired")));
  // Its own files refused, so by hand: as of a process that runs past its certificate's end.
  const client = new Client(
    address,
    grpcCredentials.createSsl(
      Buffer.from(issued.certificatePem),
      Buffer.from(expired.keyPem),
      Buffer.from(expired.certificatePem),
    ),
  );
  t.after(() => client.close());
  const stream = client.makeBidiStreamRequest(
    attachMethod.path,
    attachMethod.requestSerialize,
    (bytes) => bytes,
  );
  stream.on("error", () => {});
  stream.resume();
  await new Promise<StatusObject>((resolve) => stream.on("status", resolve));
  assert.match(await refused.next(), /its certificate has expired.*CERT_HAS_EXPIRED/);
  assert.match(explain("certificate has expired"), /its certificate has expired; issue a new one/);
});

test("replaced files are used by the running server; files that do not fit are not", async (t) => {
  const folder = path.join(root, "changing");
  await cp(path.join(root, "ours"), folder, { recursive: true });
  const changes = new Events<string | null>();
  const { address } = await startCoordinator(
    t,
    await load(t, settings("coordinator", "changing"), changes.add),
  );
  const serialNow = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const { host, port } = parseAddress(address);
      const socket = connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ["h2"] }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      }).on("error", reject);
    });
  const before = await serialNow();
  await writeFile(path.join(folder, "coordinator.key"), await readFile(path.join(folder, "v.key")));
  assert.match(
    String(await changes.next()),
    /the key is another certificate's; going on with the files read before/,
  );
  assert.equal(await serialNow(), before);
  await makeCertificates({ dir: folder, worker: [], host: hosts, days: 2, force: true });
  assert.equal(await changes.next(), null);
  assert.notEqual(await serialNow(), before);
  assert.match(await attachOnce(address, await load(t, settings("w"))), /welcome and farewell/);
});

test("files that cannot be used are named", async () => {
  const good = settings("w").tls!;
  const wrong = (files: Partial<typeof good>, pattern: RegExp) =>
    assert.rejects(loadCredentials({ tls: { ...good, ...files }, insecure: false }), (error) => {
      assert.ok(error instanceof CertificateFilesError, String(error));
      assert.match(error.message, pattern);
      return true;
    });
  await wrong({ cert: path.join(root, "nothing.crt") }, /cannot read the TLS file .*nothing\.crt/);
  await wrong({ key: settings("v").tls!.key }, /the key is another certificate's/);
  await wrong({ ca: good.key }, /w\.key is not a certificate in PEM form/);
});

test("painters certs keeps the CA, replaces nothing unasked, and hides keys", async () => {
  const dir = path.join(root, "command");
  const options = { dir, worker: ["a"], host: hosts, days: 30, force: false };
  assert.equal((await makeCertificates(options)).length, 4);
  const ca = await readFile(path.join(dir, "ca.crt"), "utf8");
  const coordinator = await readFile(path.join(dir, "coordinator.crt"), "utf8");
  await assert.rejects(makeCertificates(options), /a\.crt is there already; --force replaces it/);
  await makeCertificates({ ...options, worker: ["b"] });
  assert.equal(await readFile(path.join(dir, "coordinator.crt"), "utf8"), coordinator);
  await makeCertificates({ ...options, force: true });
  assert.notEqual(await readFile(path.join(dir, "coordinator.crt"), "utf8"), coordinator);
  assert.equal(await readFile(path.join(dir, "ca.crt"), "utf8"), ca);
  for (const name of ["ca", "coordinator", "client", "a", "b"]) {
    assert.equal((await stat(path.join(dir, `${name}.key`))).mode & 0o777, 0o600, name);
  }
  for (const [wrong, pattern] of [
    [{ worker: ["a b"] }, /"a b" cannot be a worker's name/],
    [{ worker: ["client"] }, /cannot be named client/],
    [{ worker: ["c", "c"] }, /given twice/],
    [{ worker: ["localhost"] }, /is both --worker and --host/],
    [{ host: ["x:1/"] }, /is not a host name/],
    [{ days: 0 }, /--days 0 is not a whole number from 1 to 3650/],
  ] as const) {
    await assert.rejects(makeCertificates({ ...options, worker: [], ...wrong }), pattern);
  }
  await rm(path.join(dir, "ca.key"));
  await assert.rejects(
    makeCertificates({ ...options, force: true }),
    /the CA .*ca\.crt with .*ca\.key cannot be used/,
  );
});

test("carriesName() lets a star stand for one label", () => {
  assert.ok(carriesName(["a", "b"], "b"));
  assert.ok(carriesName(["*.workers.lab"], "w-0.workers.lab"));
  assert.ok(!carriesName(["*.workers.lab"], "workers.lab"));
  assert.ok(!carriesName(["*.workers.lab"], "x.y.workers.lab"));
  assert.ok(!carriesName(["*.lab", "a"], "lab"));
  assert.ok(!carriesName([], "a"));
});

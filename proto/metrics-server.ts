// /metrics for Prometheus and /healthz for probes, over plain HTTP, for every process.
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { parseAddress, printAddress } from "./address.js";
import { ListenError, PortInUseError } from "./server.js";

export interface MetricsServerSettings {
  /** HOST:PORT; port 0 lets the system choose. */
  readonly address: string;
  readonly registry: Registry;
  /** null: healthy; else why not. */
  readonly problem: () => string | null;
}

export interface MetricsServer {
  /** HOST:PORT that was bound. */
  readonly address: string;
  close(): Promise<void>;
}

/** Throws PortInUseError, ListenError. */
export async function serveMetrics({
  address,
  registry,
  problem,
}: MetricsServerSettings): Promise<MetricsServer> {
  const { host, port } = parseAddress(address);
  const server = createHttpServer((request, response) => {
    const answer = (code: number, type: string, body: string): void => {
      response.writeHead(code, { "content-type": type });
      response.end(body);
    };
    if (request.method !== "GET") answer(405, "text/plain", "only GET\n");
    else if (request.url === "/metrics") {
      registry.metrics().then(
        (text) => answer(200, registry.contentType, text),
        (error: unknown) => answer(500, "text/plain", `${String(error)}\n`),
      );
    } else if (request.url === "/healthz") {
      const why = problem();
      answer(why === null ? 200 : 503, "text/plain", `${why ?? "ok"}\n`);
    } else answer(404, "text/plain", "there is /metrics and /healthz\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new PortInUseError(address, port)
          : new ListenError(address, error.message),
      );
    });
    server.listen(port, host, resolve);
  });
  return {
    address: printAddress({ host, port: (server.address() as AddressInfo).port }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

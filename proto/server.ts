// A gRPC server: what is added to it is served together with health and
// reflection. It says why it cannot listen, and stops without losing calls.
import type { EventEmitter } from "node:events";
import type { TLSSocket } from "node:tls";
import { Server, type ServiceDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { HealthImplementation } from "grpc-health-check";
import { parseAddress, printAddress } from "./address.js";
import type { Credentials } from "./credentials.js";
import { painters, type ServiceName } from "./definition.js";
import { deadlines, type Keepalive, keepalive, maxControlMessageBytes, serverOptions } from "./limits.js";
import { explain } from "./link-error.js";

export interface RpcServerSettings {
  /** HOST:PORT; port 0 lets the system choose. */
  readonly address: string;
  readonly credentials: Credentials;
  readonly keepalive?: Keepalive;
  readonly maxMessageBytes?: number;
  /** A connection was refused before any call, for example for its certificate. */
  readonly refused?: (problem: string) => void;
}

export interface RpcServer {
  readonly isSecure: boolean;
  /** Before listen(). The service is reported as SERVING once the server listens. */
  add(name: ServiceName, service: ServiceDefinition, implementation: UntypedServiceImplementation): void;
  /** Resolves to HOST:PORT with the port that was bound. Throws PortInUseError, ListenError, InsecureAddressError. */
  listen(): Promise<string>;
  /** Health, as probes see it; without a name of the whole server. */
  setServing(isServing: boolean, name?: ServiceName): void;
  /** Called at the end of shutdown(). */
  onShutdown(listener: () => void): void;
  /** Reports NOT_SERVING, takes no new calls, waits for the others and ends them after graceMs. */
  shutdown(graceMs?: number): Promise<void>;
}

export class ListenError extends Error {
  override readonly name: string = "ListenError";
  readonly exitCode = 2;

  constructor(
    readonly address: string,
    reason: string,
  ) {
    super(`cannot listen on ${address}: ${reason}`);
  }
}

export class PortInUseError extends ListenError {
  override readonly name = "PortInUseError";

  constructor(
    address: string,
    readonly port: number,
  ) {
    super(
      address,
      `port ${port} is in use; stop what listens there, choose another port, or 0 for any free one`,
    );
  }
}

export function createServer(settings: RpcServerSettings): RpcServer {
  const { address, credentials } = settings;
  const { host, port } = parseAddress(address);
  const server = new Server(
    serverOptions(settings.keepalive ?? keepalive, settings.maxMessageBytes ?? maxControlMessageBytes),
  );
  const health = new HealthImplementation({ "": "NOT_SERVING" });
  const names: ServiceName[] = [];
  const afterwards: (() => void)[] = [];
  const setServing = (isServing: boolean, name?: ServiceName): void =>
    health.setStatus(name ?? "", isServing ? "SERVING" : "NOT_SERVING");
  const setAllServing = (isServing: boolean): void => {
    for (const name of names) setServing(isServing, name);
    setServing(isServing);
  };
  health.addToServer(server);

  return {
    isSecure: credentials.isSecure,
    add(name, service, implementation) {
      server.addService(service, implementation);
      names.push(name);
      setServing(false, name);
    },
    async listen() {
      new ReflectionService(described(), { services: names }).addToServer(server);
      const bound = await new Promise<number>((resolve, reject) => {
        server.bindAsync(address, credentials.forServer(address), (error, chosen) => {
          if (error) reject(bindError(address, port, error));
          else resolve(chosen);
        });
      });
      if (settings.refused) watchRefusals(server, settings.refused);
      setAllServing(true);
      return printAddress({ host, port: bound });
    },
    setServing,
    onShutdown: (listener) => void afterwards.push(listener),
    async shutdown(graceMs = deadlines.shutdownMs) {
      setAllServing(false);
      // tryShutdown() never answers when a peer went silent.
      await new Promise<void>((resolve) => {
        const given = setTimeout(resolve, graceMs);
        server.tryShutdown(() => {
          clearTimeout(given);
          resolve();
        });
      });
      server.forceShutdown();
      for (const listener of afterwards) listener();
    },
  };
}

/** For reflection. Every message of a package carries the whole of its file, and each would be decoded: one is enough. */
function described(): typeof painters {
  const [message] = Object.entries(painters).filter(([, definition]) => "fileDescriptorProtos" in definition);
  return Object.fromEntries([message!]);
}

function bindError(address: string, port: number, { message }: Error): Error {
  if (message.includes("EADDRINUSE")) return new PortInUseError(address, port);
  if (message.includes("EACCES"))
    return new ListenError(address, `no permission for port ${port}; choose one above 1023`);
  if (message.includes("EADDRNOTAVAIL"))
    return new ListenError(address, "this machine does not have that address");
  return new ListenError(address, message);
}

/** grpc-js keeps silent about failed handshakes, and its listeners to itself: a private field, checked by a test. */
function watchRefusals(server: Server, refused: (problem: string) => void): void {
  const { http2Servers } = server as unknown as {
    readonly http2Servers?: ReadonlyMap<EventEmitter, unknown>;
  };
  for (const listener of http2Servers?.keys() ?? []) {
    listener.on("tlsClientError", (error: Error, socket: TLSSocket) => {
      const from = socket.remoteAddress ? ` from ${socket.remoteAddress}` : "";
      // A code such as CERT_HAS_EXPIRED, whatever the types say; the error itself tells nothing then.
      refused(`refused a connection${from}: ${explain(String(socket.authorizationError ?? error.message))}`);
    });
  }
}

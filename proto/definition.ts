// painters.proto as loaded: where each method lives and how its messages become
// bytes. Conversions to our own types are part of that, so streams carry them.
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import { loadSync, type PackageDefinition } from "@grpc/proto-loader";
import { ProtocolError } from "./protocol-error.js";

// What grpc-js would print, such as a port in use, we say ourselves.
if (!process.env.GRPC_VERBOSITY) grpc.setLogVerbosity(grpc.logVerbosity.NONE);

// From dist/proto/ to the source folder; the file is not copied.
export const protoFile = fileURLToPath(new URL("../../proto/painters.proto", import.meta.url));

export const painters: PackageDefinition = loadSync(protoFile, {
  keepCase: false,
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});

export const serviceNames = {
  control: "painters.v1.Control",
  data: "painters.v1.Data",
  sweeps: "painters.v1.Sweeps",
} as const;

export type ServiceName = (typeof serviceNames)[keyof typeof serviceNames];

/** A method with our own types. What a peer sent and does not parse arrives as a ProtocolError. */
export interface TypedMethod<Request, Response> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => Request | ProtocolError;
  readonly responseSerialize: (response: Response) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response | ProtocolError;
}

/** How one type crosses the wire; Output is the generated `X__Output`. */
export interface Codec<Plain, Wire, Output> {
  readonly toWire: (plain: Plain) => Wire;
  /** Throws ProtocolError. */
  readonly fromWire: (wire: Output) => Plain;
}

export function method<Request, RequestWire, RequestOutput, Response, ResponseWire, ResponseOutput>(
  service: ServiceName,
  name: string,
  request: Codec<Request, RequestWire, RequestOutput>,
  response: Codec<Response, ResponseWire, ResponseOutput>,
): TypedMethod<Request, Response> {
  const loaded = (painters[service] as grpc.ServiceDefinition)[name] as grpc.MethodDefinition<
    RequestWire | RequestOutput,
    ResponseWire | ResponseOutput
  >;
  const { path, requestStream, responseStream } = loaded;
  return {
    path,
    requestStream,
    responseStream,
    requestSerialize: (plain) => loaded.requestSerialize(request.toWire(plain)),
    requestDeserialize: reading((bytes) =>
      request.fromWire(loaded.requestDeserialize(bytes) as RequestOutput),
    ),
    responseSerialize: (plain) => loaded.responseSerialize(response.toWire(plain)),
    responseDeserialize: reading((bytes) =>
      response.fromWire(loaded.responseDeserialize(bytes) as ResponseOutput),
    ),
  };
}

function reading<T>(read: (bytes: Buffer) => T): (bytes: Buffer) => T | ProtocolError {
  return (bytes) => {
    try {
      return read(bytes);
    } catch (error) {
      if (error instanceof ProtocolError) return error;
      return new ProtocolError("bytes", `are not protobuf: ${String(error)}`, { cause: error });
    }
  };
}

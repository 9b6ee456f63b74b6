// The one method of the Control service, with our message types.
import { method, serviceNames } from "./definition.js";
import { toCoordinatorCodec } from "./wire-coordinator.js";
import { toWorkerCodec } from "./wire-worker.js";

export const attachMethod = method(serviceNames.control, "Attach", toCoordinatorCodec, toWorkerCodec);

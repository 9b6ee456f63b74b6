// The parts of a simulation that are run for real, unless a test breaks one.
import type { DispatchOptions } from "../../coordinator/cluster/dispatch.js";
import { Dispatcher } from "../../coordinator/cluster/dispatcher.js";
import { PlaceProgram } from "../../worker/place-program.js";
import type { ToyState } from "./toy-model.js";

export interface Parts {
  readonly dispatcher: (options: DispatchOptions) => Dispatcher;
  readonly program: () => PlaceProgram<ToyState>;
}

export const realParts: Parts = {
  dispatcher: (options) => new Dispatcher(options),
  program: () => new PlaceProgram(),
};

// Events and actions as a line of a log.
import type { DispatchAction, DispatchEvent } from "../../coordinator/cluster/dispatch.js";

export function describe(thing: DispatchEvent | DispatchAction): string {
  return JSON.stringify(thing, (key, value: unknown) =>
    key === "steps" || key === "receives" || key === "rows" || key === "nowMs" ? undefined : value,
  );
}

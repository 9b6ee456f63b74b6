// When a device has been at one step for so long that its worker is sick.
import type { Hello } from "../../proto/messages.js";
import type { DispatchOptions } from "./dispatch.js";

/**
 * @param busyMs how long each device has been at its present step
 * @param paddedTokens of the largest injection on the worker
 * @returns what is wrong; null: nothing
 */
export function overdueStep(
  { limits, ports }: DispatchOptions,
  worker: Hello,
  busyMs: readonly number[],
  paddedTokens: number,
): string | null {
  const predictedMs = ports.predictStepMs(worker, paddedTokens);
  const allowedMs = Math.max(limits.overdueMs, limits.overdueFactor * predictedMs);
  const device = busyMs.findIndex((ms) => ms > allowedMs);
  if (device === -1) return null;
  return `device ${device} is at one step for ${busyMs[device]} ms, ${allowedMs} ms are allowed`;
}

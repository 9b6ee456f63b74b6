// What the coordinator says to workers, on the wire and back.
import type { Codec } from "./definition.js";
import type { OpenEpoch__Output } from "./generated/painters/v1/OpenEpoch.js";
import type { ToWorker as Wire, ToWorker__Output as WireOutput } from "./generated/painters/v1/ToWorker.js";
import type { OpenEpoch, ToWorker } from "./messages.js";
import { ProtocolError } from "./protocol-error.js";
import { amount, present, text } from "./wire-check.js";
import { receiveFromWire, stepFromWire, stepToWire } from "./wire-plan.js";
import { rowFromWire, rowToWire } from "./wire-row.js";

export const toWorkerCodec: Codec<ToWorker, Wire, WireOutput> = { toWire, fromWire };

function toWire(message: ToWorker): Wire {
  switch (message.kind) {
    case "welcome":
      return { welcome: { heartbeatMs: message.heartbeatMs, leaseMs: message.leaseMs } };
    case "open-epoch": {
      const { epoch, model, places, shards, pullFrom } = message;
      return {
        openEpoch: {
          epoch,
          model,
          places: [...places],
          shards: shards.map(({ place, parts }) => ({ place, parts: [...parts] })),
          pullFrom: [...pullFrom],
        },
      };
    }
    case "plan": {
      const { epoch, plan, place, steps, receives } = message;
      return { plan: { epoch, plan, place, steps: steps.map(stepToWire), receives: [...receives] } };
    }
    case "inject": {
      const { epoch, injection, plan, rows } = message;
      return { inject: { epoch, injection, plan, rows: rows.map(rowToWire) } };
    }
    case "forget":
      return { forget: { epoch: message.epoch, sequences: [...message.sequences] } };
    case "abort-epoch":
      return { abortEpoch: { epoch: message.epoch } };
    case "close-epoch":
      return { closeEpoch: { epoch: message.epoch } };
    case "goodbye":
      return { goodbye: { reason: message.reason } };
  }
}

function fromWire(wire: WireOutput): ToWorker {
  switch (present("message", wire.message)) {
    case "welcome": {
      const { heartbeatMs, leaseMs } = present("welcome", wire.welcome);
      return {
        kind: "welcome",
        heartbeatMs: amount("welcome.heartbeat_ms", heartbeatMs),
        leaseMs: amount("welcome.lease_ms", leaseMs),
      };
    }
    case "openEpoch":
      return openEpochFromWire(present("open_epoch", wire.openEpoch));
    case "plan": {
      const { epoch, plan, place, steps, receives } = present("plan", wire.plan);
      return {
        kind: "plan",
        epoch,
        plan,
        place,
        steps: steps.map((step, index) => stepFromWire(`plan.steps[${index}]`, step)),
        receives: receives.map(receiveFromWire),
      };
    }
    case "inject": {
      const { epoch, injection, plan, rows } = present("inject", wire.inject);
      return {
        kind: "inject",
        epoch,
        injection,
        plan,
        rows: rows.map((row, index) => rowFromWire(`inject.rows[${index}]`, row)),
      };
    }
    case "forget": {
      const { epoch, sequences } = present("forget", wire.forget);
      return { kind: "forget", epoch, sequences };
    }
    case "abortEpoch":
      return { kind: "abort-epoch", epoch: present("abort_epoch", wire.abortEpoch).epoch };
    case "closeEpoch":
      return { kind: "close-epoch", epoch: present("close_epoch", wire.closeEpoch).epoch };
    case "goodbye":
      return { kind: "goodbye", reason: present("goodbye", wire.goodbye).reason };
  }
}

function openEpochFromWire({ epoch, model, places, shards, pullFrom }: OpenEpoch__Output): OpenEpoch {
  return {
    kind: "open-epoch",
    epoch,
    model: text("open_epoch.model", model),
    places: places.map(({ worker, device, dataAddress }, index) => ({
      worker: text(`open_epoch.places[${index}].worker`, worker),
      device,
      dataAddress: text(`open_epoch.places[${index}].data_address`, dataAddress),
    })),
    shards: shards.map(({ place, parts }, index) => {
      if (place >= places.length) {
        throw new ProtocolError(
          `open_epoch.shards[${index}].place`,
          `is ${place}; the epoch has ${places.length} places`,
        );
      }
      return { place, parts };
    }),
    pullFrom: pullFrom.map((name, index) => text(`open_epoch.pull_from[${index}]`, name)),
  };
}

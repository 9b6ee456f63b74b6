// The steps of a plan on the wire, both ways.
import type { Operation, PlacePlan, PlaceStep } from "../coordinator/placement/place-plan.js";
import type { Accumulate, Accumulate__Output } from "./generated/painters/v1/Accumulate.js";
import type { Layer } from "./generated/painters/v1/Layer.js";
import type { Probe__Output } from "./generated/painters/v1/Probe.js";
import type { Receive__Output } from "./generated/painters/v1/Receive.js";
import type { Step, Step__Output } from "./generated/painters/v1/Step.js";
import { ProtocolError } from "./protocol-error.js";
import { count, finite, oneOf, present } from "./wire-check.js";

export function stepToWire({ id, sendTo, depth, operation }: PlaceStep): Step {
  return { id, sendTo: [...sendTo], depth, ...operationToWire(operation) };
}

function operationToWire(operation: Operation): Step {
  switch (operation.kind) {
    case "embed":
      return { embed: {} };
    case "layer":
      return { layer: layerToWire(operation) };
    case "accumulate":
      return { accumulate: accumulateToWire(operation) };
    case "damp":
      return { damp: { factor: operation.factor, base: operation.base, input: operation.input } };
    case "store":
      return { store: { slot: operation.slot, input: operation.input } };
    case "head":
      return { head: { head: operation.head, input: operation.input } };
    case "probe":
      return {
        probe: {
          probe: operation.probe,
          measure: operation.measure === "gram" ? "GRAM" : "STATES",
          inputs: [...operation.inputs],
        },
      };
  }
}

function layerToWire({ layer, input, sublayer, slot }: Extract<Operation, { kind: "layer" }>): Layer {
  const part = sublayer === undefined ? "WHOLE" : sublayer === "attn" ? "ATTN" : "MLP";
  return { layer, input, part, ...(slot === undefined ? {} : { slot }) };
}

function accumulateToWire(operation: Extract<Operation, { kind: "accumulate" }>): Accumulate {
  const { rule, sum, base, branches, divideBy, isLast } = operation;
  return {
    rule: rule === "mean" ? "MEAN" : "SUM",
    branches: [...branches],
    isLast,
    ...(sum === null ? {} : { sum }),
    ...(base === null ? {} : { base }),
    ...(divideBy === null ? {} : { divideBy }),
  };
}

/** `field` is the step's path, as in `plan.steps[3]`. */
export function stepFromWire(field: string, { id, sendTo, depth, ...wire }: Step__Output): PlaceStep {
  return { id, sendTo, depth, operation: operationFromWire(field, wire) };
}

function operationFromWire(
  field: string,
  wire: Pick<
    Step__Output,
    "embed" | "layer" | "accumulate" | "damp" | "store" | "head" | "probe" | "operation"
  >,
): Operation {
  switch (present(`${field}.operation`, wire.operation)) {
    case "embed":
      return { kind: "embed" };
    case "layer": {
      const { layer, input, part, slot } = present(`${field}.layer`, wire.layer);
      const sublayer = oneOf(`${field}.layer.part`, part, { WHOLE: "whole", ATTN: "attn", MLP: "mlp" });
      return {
        kind: "layer",
        layer,
        input,
        ...(sublayer === "whole" ? {} : { sublayer }),
        ...(slot === undefined ? {} : { slot }),
      };
    }
    case "accumulate":
      return accumulateFromWire(`${field}.accumulate`, present(`${field}.accumulate`, wire.accumulate));
    case "damp": {
      const { factor, base, input } = present(`${field}.damp`, wire.damp);
      return { kind: "damp", factor: finite(`${field}.damp.factor`, factor), base, input };
    }
    case "store": {
      const { slot, input } = present(`${field}.store`, wire.store);
      return { kind: "store", slot, input };
    }
    case "head": {
      const { head, input } = present(`${field}.head`, wire.head);
      return { kind: "head", head, input };
    }
    case "probe":
      return probeFromWire(`${field}.probe`, present(`${field}.probe`, wire.probe));
  }
}

function accumulateFromWire(field: string, wire: Accumulate__Output): Operation {
  const { sum = null, base = null, branches, isLast } = wire;
  if (branches.length === 0) throw new ProtocolError(`${field}.branches`, "is empty");
  return {
    kind: "accumulate",
    isLast,
    rule: oneOf(`${field}.rule`, wire.rule, { MEAN: "mean", SUM: "sum" }),
    sum,
    base,
    branches,
    divideBy: wire.divideBy === undefined ? null : count(`${field}.divide_by`, wire.divideBy, 1),
  };
}

function probeFromWire(field: string, { probe, measure, inputs }: Probe__Output): Operation {
  if (inputs.length === 0) throw new ProtocolError(`${field}.inputs`, "is empty");
  return {
    kind: "probe",
    probe,
    measure: oneOf(`${field}.measure`, measure, { GRAM: "gram", STATES: "states" }),
    inputs,
  };
}

export function receiveFromWire({ state, from }: Receive__Output): PlacePlan["receives"][number] {
  return { state, from };
}

// The rotary part of config.json: `rope_theta` and `rope_scaling` up to
// transformers 4, `rope_parameters` since 5 (modeling_rope_utils.py).
import type { RopeConfig, RopeScaling } from "../config.js";
import type { ConfigFields } from "./config-fields.js";

/** transformers' `default_theta`. */
const DEFAULT_THETA = 10_000;

/** @throws UnsupportedConfigError for a kind of scaling that is not implemented */
export function readRope(config: ConfigFields): RopeConfig {
  config.only("partial_rotary_factor", 1, "all of a head is rotated");
  config.only("rope_interleaved", false);
  const scaling = config.object("rope_scaling");
  const parameters = config.object("rope_parameters");
  if (scaling && parameters) {
    config.refuse("rope_scaling", "rope_parameters is set too; keep the one that is meant");
  }
  const fields = scaling ?? parameters;
  const outerTheta = config.has("rope_theta") ? config.positive("rope_theta") : undefined;
  const theta = fields?.positive("rope_theta", outerTheta ?? DEFAULT_THETA) ?? outerTheta ?? DEFAULT_THETA;
  if (outerTheta !== undefined && outerTheta !== theta) {
    config.refuse("rope_theta", `rope_parameters.rope_theta says ${theta}; keep the one that is meant`);
  }
  return { theta, scaling: fields ? readScaling(fields) : { kind: "none" } };
}

function readScaling(fields: ConfigFields): RopeScaling {
  fields.only("partial_rotary_factor", 1, "all of a head is rotated");
  const type = fields.text("rope_type");
  const legacyType = fields.text("type");
  if (type !== undefined && legacyType !== undefined && type !== legacyType) {
    fields.refuse("type", `rope_type says "${type}"; keep the one that is meant`);
  }
  const scaling = readKind(
    fields,
    type ?? legacyType ?? "default",
    type === undefined ? "type" : "rope_type",
  );
  fields.refuseOthers();
  return scaling;
}

function readKind(fields: ConfigFields, kind: string, key: string): RopeScaling {
  switch (kind) {
    case "default":
      return { kind: "none" };
    case "linear":
      return { kind: "linear", factor: fields.positive("factor") };
    case "llama3": {
      const scaling = {
        kind: "llama3",
        factor: fields.positive("factor"),
        lowFreqFactor: fields.positive("low_freq_factor"),
        highFreqFactor: fields.positive("high_freq_factor"),
        originalMaxPositions: fields.count("original_max_position_embeddings"),
      } as const;
      if (scaling.highFreqFactor <= scaling.lowFreqFactor) {
        fields.refuse("high_freq_factor", `it must be above low_freq_factor, ${scaling.lowFreqFactor}`);
      }
      return scaling;
    }
    default:
      return fields.refuse(key, 'supported are "default", "linear" and "llama3"');
  }
}

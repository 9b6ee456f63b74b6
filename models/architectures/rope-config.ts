// The rotary part of config.json: `rope_theta` and `rope_scaling` up to
// transformers 4, `rope_parameters` since 5 (modeling_rope_utils.py).
import type { RopeConfig, RopeScaling } from "../config.js";
import type { ConfigFields } from "./config-fields.js";

/** transformers' `default_theta`. */
const DEFAULT_THETA = 10_000;

/**
 * Rotary angles of all of a head.
 * @throws UnsupportedConfigError for a kind of scaling that is not implemented
 */
export function readRope(config: ConfigFields): RopeConfig {
  config.only("partial_rotary_factor", 1, "all of a head is rotated");
  const fields = readFields(config);
  fields?.only("partial_rotary_factor", 1, "all of a head is rotated");
  return readAngles(config, fields, ["rope_theta"]);
}

/** GPT-NeoX's `rotary_pct`, where config.json does not say otherwise. */
const NEOX_FRACTION = 0.25;

/**
 * Rotary angles of the first `rotarySize` of a head's dimensions, in GPT-NeoX's words: `rotary_emb_base` and
 * `rotary_pct`, which later versions also wrote as `rope_theta` and `partial_rotary_factor`.
 * @throws UnsupportedConfigError where two spellings differ, or the share is no even number of dimensions
 */
export function readPartialRope(
  config: ConfigFields,
  headSize: number,
): { readonly rope: RopeConfig; readonly rotarySize: number } {
  const fields = readFields(config);
  const fraction = readSpellings(
    [
      ...(fields ? [[fields, "partial_rotary_factor"] as const] : []),
      [config, "rotary_pct"],
      [config, "partial_rotary_factor"],
    ],
    NEOX_FRACTION,
  );
  const rotarySize = Math.trunc(headSize * fraction);
  if (rotarySize < 2 || rotarySize % 2 !== 0 || rotarySize > headSize) {
    const [source, key] = fields?.has("partial_rotary_factor")
      ? ([fields, "partial_rotary_factor"] as const)
      : ([
          config,
          config.has("partial_rotary_factor") && !config.has("rotary_pct")
            ? "partial_rotary_factor"
            : "rotary_pct",
        ] as const);
    source.refuse(
      key,
      `it rotates ${rotarySize} of a head's ${headSize} dimensions; an even number from 2 to ${headSize} is needed`,
    );
  }
  return { rope: readAngles(config, fields, ["rotary_emb_base", "rope_theta"]), rotarySize };
}

function readFields(config: ConfigFields): ConfigFields | undefined {
  config.only("rope_interleaved", false);
  const scaling = config.object("rope_scaling");
  const parameters = config.object("rope_parameters");
  if (scaling && parameters) {
    config.refuse("rope_scaling", "rope_parameters is set too; keep the one that is meant");
  }
  return scaling ?? parameters;
}

function readAngles(
  config: ConfigFields,
  fields: ConfigFields | undefined,
  outerKeys: readonly string[],
): RopeConfig {
  const theta = readSpellings(
    [...(fields ? [[fields, "rope_theta"] as const] : []), ...outerKeys.map((key) => [config, key] as const)],
    DEFAULT_THETA,
  );
  return { theta, scaling: fields ? readScaling(fields) : { kind: "none" } };
}

/** The number that one or several keys give; where several do, they must agree with the first. */
function readSpellings(
  spellings: readonly (readonly [fields: ConfigFields, key: string])[],
  fallback: number,
): number {
  const found = spellings.flatMap(([fields, key]) =>
    fields.has(key) ? [{ fields, key, value: fields.positive(key) }] : [],
  );
  const [first, ...others] = found;
  if (!first) return fallback;
  for (const { fields, key, value } of others) {
    if (value !== first.value) {
      fields.refuse(key, `${first.fields.path(first.key)} says ${first.value}; keep the one that is meant`);
    }
  }
  return first.value;
}

function readScaling(fields: ConfigFields): RopeScaling {
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

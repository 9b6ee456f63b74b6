// The parsed text of `--placement FILE` -> Placement: any shape that the user
// wants, checked against the workers and the model.
import { z } from "zod";
import { bytesText } from "./bytes-text.js";
import { inOrder, type PerPart } from "./per-part.js";
import type { Place, PlaceIndex, Placement, PlacementGroup, WorkerSpec } from "./placement.js";
import { comparePlaces, placeName, placesOfGroup, weightBytesOf } from "./weight-bytes.js";

/** A placement file that cannot be what the user meant. */
export class PlacementFileError extends Error {
  override readonly name = "PlacementFileError";
  readonly exitCode = 2;
}

export interface PlacementModel {
  readonly workers: readonly WorkerSpec[];
  readonly bytes: PerPart;
  readonly minStateBytes: number;
}

const names = z
  .union([z.string(), z.array(z.string()).min(1)], { error: "must be a worker or a list of workers" })
  .transform((value) => (typeof value === "string" ? [value] : value));
const groupSchema = z.strictObject({ embed: names, layers: z.record(z.string(), names), head: names });
const fileSchema = z.strictObject({ groups: z.array(groupSchema).min(1) });

/**
 * Groups of `embed`, `layers` by half-open span, and `head`, each with its places: `w0/1` is device 1 of worker
 * w0, `w0` its device 0.
 * @throws PlacementFileError naming key and value
 */
export function parsePlacement(value: unknown, model: PlacementModel): Placement {
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new PlacementFileError(`${keyText(issue?.path ?? [])}: ${issue?.message}; ${EXAMPLE}`);
  }
  const places = new Places(model.workers);
  const groups = parsed.data.groups.map((group, g): PlacementGroup => {
    const key = `groups[${g}]`;
    const placed = (name: string, at: string): PlaceIndex => places.find(name, g, `${key}.${at}`);
    return {
      embed: holders(group.embed, (name) => placed(name, "embed")),
      layers: layerHolders(group.layers, model.bytes.layers.length, `${key}.layers`, (name, span) =>
        placed(name, `layers.${span}`),
      ),
      head: holders(group.head, (name) => placed(name, "head")),
    };
  });
  const placement = renumber({ places: places.all, groups });
  checkMemory(placement, model);
  return placement;
}

type FileGroup = z.infer<typeof groupSchema>;

/** Numbers places group after group and by name, as placeModel() does: the number breaks ties. */
function renumber({ places, groups }: Placement): Placement {
  const order = groups.flatMap((group) =>
    placesOfGroup(group).toSorted((a, b) => comparePlaces(places[a]!, places[b]!)),
  );
  const renumbered = (list: readonly PlaceIndex[]): readonly PlaceIndex[] =>
    list.map((place) => order.indexOf(place)).sort((a, b) => a - b);
  return {
    places: order.map((place) => places[place]!),
    groups: groups.map(({ embed, layers, head }) => ({
      embed: renumbered(embed),
      layers: layers.map(renumbered),
      head: renumbered(head),
    })),
  };
}

/** A placement as a file has it: parsing it gives the placement back. */
export function printPlacement({ places, groups }: Placement): { readonly groups: readonly FileGroup[] } {
  const namesOf = (holders: readonly PlaceIndex[]): string[] => holders.map((i) => placeName(places[i]!));
  return {
    groups: groups.map(({ embed, layers, head }) => {
      const spans: Record<string, string[]> = {};
      for (let start = 0, end = 1; start < layers.length; start = end++) {
        while (end < layers.length && layers[end]!.join() === layers[start]!.join()) end++;
        spans[`${start}..${end}`] = namesOf(layers[start]!);
      }
      return { embed: namesOf(embed), layers: spans, head: namesOf(head) };
    }),
  };
}

const EXAMPLE = 'a placement is {groups: [{embed: w0, layers: {"0..8": w0, "8..16": [w1, w2/1]}, head: w1}]}';

function keyText(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return text === "" ? "the file" : text.replace(/^\./, "");
}

/** The places named so far, in the order of the file. */
class Places {
  readonly all: Place[] = [];
  private readonly groupOf = new Map<PlaceIndex, number>();

  constructor(private readonly workers: readonly WorkerSpec[]) {}

  find(name: string, group: number, key: string): PlaceIndex {
    const { worker, device } = this.parse(name, key);
    const known = this.all.findIndex((place) => place.worker === worker && place.device === device);
    if (known < 0) {
      this.all.push({ worker, device });
      this.groupOf.set(this.all.length - 1, group);
      return this.all.length - 1;
    }
    const other = this.groupOf.get(known);
    if (other === group) return known;
    throw new PlacementFileError(
      `${key}: '${name}' is in groups[${other}] already; groups are replicas of each other and share no place`,
    );
  }

  private parse(name: string, key: string): Place {
    const [, stem, digits] = /^(.*)\/(\d+)$/.exec(name) ?? [];
    const isWhole = this.workers.some((worker) => worker.name === name);
    const worker = isWhole || stem === undefined ? name : stem;
    const device = isWhole || digits === undefined ? 0 : Number(digits);
    const spec = this.workers.find((each) => each.name === worker);
    if (spec === undefined) {
      const known = this.workers.map((each) => each.name).join(", ");
      throw new PlacementFileError(`${key}: '${name}' is no worker; the workers are ${known || "none"}`);
    }
    if (device >= spec.devices) {
      throw new PlacementFileError(
        `${key}: '${name}' is no device; ${worker} has ${spec.devices}, ${worker}/0 to ${worker}/${spec.devices - 1}`,
      );
    }
    return { worker, device };
  }
}

function holders(list: readonly string[], placed: (name: string) => PlaceIndex): readonly PlaceIndex[] {
  return [...new Set(list.map(placed))].sort((a, b) => a - b);
}

function layerHolders(
  spans: Readonly<Record<string, readonly string[]>>,
  layerCount: number,
  key: string,
  placed: (name: string, span: string) => PlaceIndex,
): readonly (readonly PlaceIndex[])[] {
  const layers: (readonly PlaceIndex[])[] = new Array(layerCount);
  const spanOf: string[] = new Array(layerCount);
  for (const [span, list] of Object.entries(spans)) {
    const [, first, last] = /^(\d+)(?:\.\.(\d+))?$/.exec(span) ?? [];
    const start = Number(first);
    const end = last === undefined ? start + 1 : Number(last);
    if (first === undefined || start >= end || end > layerCount) {
      throw new PlacementFileError(
        `${key}: '${span}' is no span of layers within 0..${layerCount}; write START..END, END not included`,
      );
    }
    const places = holders(list, (name) => placed(name, span));
    for (let layer = start; layer < end; layer++) {
      if (layers[layer] !== undefined) {
        throw new PlacementFileError(
          `${key}: layer ${layer} is in '${spanOf[layer]}' and in '${span}'; give all of its places in one span`,
        );
      }
      layers[layer] = places;
      spanOf[layer] = span;
    }
  }
  const start = Array.from(layers).indexOf(undefined as never);
  if (start >= 0) {
    let end = start + 1;
    while (end < layerCount && layers[end] === undefined) end++;
    throw new PlacementFileError(
      `${key}: nothing holds layers ${start}..${end}; the model has layers 0..${layerCount}`,
    );
  }
  return layers;
}

function checkMemory(placement: Placement, { workers, bytes, minStateBytes }: PlacementModel): void {
  for (const [worker, weights] of weightBytesOf(placement, bytes)) {
    const { memoryBytes } = workers.find(({ name }) => name === worker)!;
    const devices = placement.places.filter((place) => place.worker === worker);
    const states = devices.length * minStateBytes;
    if (weights + states <= memoryBytes) continue;
    throw new PlacementFileError(
      `${worker}: ${bytesText(weights)} of weights and at least ${bytesText(states)} of hidden states on ` +
        `${devices.map(placeName).join(", ")} are ${bytesText(weights + states - memoryBytes)} more than its memory ` +
        `of ${bytesText(memoryBytes)}; the model has ${bytesText(inOrder(bytes).reduce((a, b) => a + b))}, ` +
        "give some of it to others",
    );
  }
}

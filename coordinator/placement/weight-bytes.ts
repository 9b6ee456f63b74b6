// Placement -> bytes of weights, for checks, predictions and tables.
import { inOrder, type PerPart } from "./per-part.js";
import type { Place, PlaceIndex, Placement } from "./placement.js";

/** `w0/1` */
export function placeName({ worker, device }: Place): string {
  return `${worker}/${device}`;
}

/** The order of a group's places: by code units, the same in every locale. */
export function comparePlaces(a: Place, b: Place): number {
  return a.worker < b.worker ? -1 : a.worker > b.worker ? 1 : a.device - b.device;
}

/** For each place the parts it holds, ascending in the order of the data: 0 embedding, 1 + i layer i, last head. */
export function partsOfPlaces({ places, groups }: Placement): readonly (readonly number[])[] {
  const parts: number[][] = places.map(() => []);
  for (const { embed, layers, head } of groups) {
    for (const [part, holders] of [embed, ...layers, head].entries()) {
      for (const place of holders) (parts[place] as number[]).push(part);
    }
  }
  return parts;
}

/** By worker; a part that several devices of a worker hold counts once. */
export function weightBytesOf(placement: Placement, bytes: PerPart): ReadonlyMap<string, number> {
  const sizes = inOrder(bytes);
  const parts = partsOfPlaces(placement);
  const held = new Map<string, Set<number>>();
  for (const [place, { worker }] of placement.places.entries()) {
    const known = held.get(worker) ?? new Set();
    for (const part of parts[place]!) known.add(part);
    held.set(worker, known);
  }
  return new Map(
    [...held].map(
      ([worker, own]) => [worker, [...own].reduce((sum, part) => sum + sizes[part]!, 0)] as const,
    ),
  );
}

/** `embed, 0..8, 12..16, head` */
export function partsText(parts: readonly number[], layerCount: number): string {
  const words: string[] = [];
  for (let i = 0; i < parts.length; ) {
    const first = parts[i]!;
    let end = i + 1;
    if (first === 0) words.push("embed");
    else if (first === layerCount + 1) words.push("head");
    else {
      while (parts[end] === first + end - i && parts[end]! <= layerCount) end++;
      words.push(`${first - 1}..${first - 1 + end - i}`);
    }
    i = end;
  }
  return words.join(", ");
}

/** Places that share a group with a place. */
export function placesOfGroup({ embed, layers, head }: Placement["groups"][number]): readonly PlaceIndex[] {
  return [...new Set([embed, ...layers, head].flat())].sort((a, b) => a - b);
}

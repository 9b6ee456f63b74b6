// Where labels beside the ends of lines go so that none covers another. Pure.

/**
 * Moves places as little as it can until neighbours are `gap` apart, keeping their order.
 * @param wanted in pixels, in any order; equal places keep theirs
 * @param bounds first and last place allowed; overrun at the end if there is no room for all
 */
export function spreadLabels(
  wanted: readonly number[],
  gap: number,
  bounds: readonly [first: number, last: number],
): readonly number[] {
  const [first, last] = bounds;
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  // Labels that touch move as one block around the mean of where they want to be.
  const blocks: { readonly members: number[]; start: number }[] = [];
  const startOf = (members: readonly number[]): number => {
    const centre = members.reduce((sum, i) => sum + wanted[i]!, 0) / members.length;
    const extent = (members.length - 1) * gap;
    return Math.max(first, Math.min(centre - extent / 2, last - extent));
  };
  for (const i of order) {
    let block = { members: [i], start: startOf([i]) };
    for (let before = blocks.at(-1); before; before = blocks.at(-1)) {
      if (before.start + before.members.length * gap <= block.start) break;
      blocks.pop();
      const members = [...before.members, ...block.members];
      block = { members, start: startOf(members) };
    }
    blocks.push(block);
  }
  const places = new Array<number>(wanted.length);
  for (const { members, start } of blocks) {
    members.forEach((member, place) => {
      places[member] = start + place * gap;
    });
  }
  return places;
}

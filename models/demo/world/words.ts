// The world's words. Each is one token of the demo's tokenizer.

export const women = words(
  "Ada Clara Elena Greta Ines Kira Maya Olga Rosa Tilda " +
    "Vera Xenia Yara Zoe Berta Dora Flora Hanna Julia Lena",
);
export const men = words(
  "Bruno David Felix Hugo Jonas Leon Nils Oscar Paul Simon " +
    "Tom Ulf Viktor Walter Anton Carl Emil Gustav Ivan Karl",
);
export const people: readonly string[] = women.flatMap((woman, i) => [woman, men[i]!]);

export const things = words(
  "lamp basket ladder drum kettle blanket mirror hammer bottle rope " +
    "candle shovel violin pillow wheel hat ring clock broom key " +
    "map coat flute box",
);
export const places = words(
  "mill garden harbour kitchen school market tower barn bridge forest " +
    "cellar chapel stable library inn tavern",
);
export const colours = words("red blue green white black yellow brown grey");

export const goods = words("apples pears nuts coins eggs shells stamps books plums buttons");

export function pronounOf(person: string): "she" | "he" {
  return women.includes(person) ? "she" : "he";
}

function words(list: string): readonly string[] {
  return list.split(" ");
}

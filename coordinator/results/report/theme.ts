// The report's colours, by name: light and dark for the page, literal for a figure that
// stands alone as a file.
export interface Theme {
  readonly light: Palette;
  readonly dark: Palette;
}

type Palette = Readonly<Record<string, string>>;

/** Text on `paper` has a contrast of 4.5 at least, in both; test/results/report/theme.test.ts holds it. */
export const theme: Theme = {
  light: {
    paper: "#ffffff",
    panel: "#f6f6f3",
    ink: "#1d2125",
    faint: "#555c63",
    rule: "#7a828a",
    grid: "#e4e4df",
    link: "#0a56a0",
    "series-0": "#0a5fa5",
    "series-1": "#b4440c",
    "series-2": "#00704a",
    "series-3": "#8a3a86",
    "series-4": "#7b5a00",
    "series-5": "#00697a",
    "series-6": "#b0204f",
    "series-7": "#56606b",
  },
  dark: {
    paper: "#15181c",
    panel: "#1e2329",
    ink: "#eceef0",
    faint: "#a9b1ba",
    rule: "#7f8993",
    grid: "#31373e",
    link: "#82bdf7",
    "series-0": "#74b8ff",
    "series-1": "#ff9c66",
    "series-2": "#4fd3a0",
    "series-3": "#e39fe0",
    "series-4": "#e5c04a",
    "series-5": "#5ed0e2",
    "series-6": "#ff8fae",
    "series-7": "#b4bdc7",
  },
};

export function cssVariables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, color]) => `--${name}: ${color};`)
    .join(" ");
}

/** Names become the light colours; viewers that know the reader's preference turn them dark. */
export function withLiteralColors(svg: string): string {
  const used = Object.keys(theme.light).filter((name) => svg.includes(`var(--${name})`));
  const rules = ["fill", "stroke"].flatMap((attribute) =>
    used.map((name) => `[${attribute}="${theme.light[name]}"]{${attribute}:${theme.dark[name]}}`),
  );
  const style = `<style>@media (prefers-color-scheme:dark){${rules.join("")}}</style>`;
  return svg
    .replaceAll(/var\(--([\w-]+)\)/g, (whole, name: string) => theme.light[name] ?? whole)
    .replace(/<svg[^>]*>/, (tag) => `${tag}${style}`);
}

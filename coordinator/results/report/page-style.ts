// The page's style sheet: phone first, dark by the reader's preference, and paper.
import { cssVariables, theme } from "./theme.js";

export const pageStyle = `
:root { color-scheme: light dark; ${cssVariables(theme.light)} }
@media (prefers-color-scheme: dark) { :root { ${cssVariables(theme.dark)} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; overflow-wrap: break-word; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header, main, footer, nav { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .4rem; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; padding-top: .5rem; border-top: 1px solid var(--grid); }
h3 { font-size: 1.02rem; margin: 0 0 .2rem; line-height: 1.35; }
p { margin: 0 0 .7rem; }
a { color: var(--link); text-underline-offset: .15em; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .88em; overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--grid); border-radius: 6px; padding: .7rem .8rem; margin: 0 0 .7rem; white-space: pre-wrap; user-select: all; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -100vw; top: .5rem; background: var(--paper); color: var(--link); padding: .5rem .8rem; border: 2px solid var(--link); border-radius: 4px; z-index: 1; }
.skip:focus { left: .5rem; }
.lead { color: var(--faint); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; padding: 0; margin: .6rem 0 0; }
nav a { display: inline-block; padding: .25rem 0; }
.look { background: var(--panel); border-radius: 8px; padding: .2rem 1.1rem .6rem; margin-top: 1.6rem; }
.look h2 { border: 0; margin: .5rem 0 .3rem; }
.look ul { margin: 0; padding-left: 1.1rem; }
.look li { margin: .3rem 0; }
.absent, figcaption, .finding, .schedule p { color: var(--faint); font-size: .93rem; }
.finding { color: var(--ink); margin-bottom: .4rem; }
.grid { display: grid; grid-template-columns: 1fr; gap: 2rem 1.5rem; align-items: start; }
.grid > * { min-width: 0; }
figure { margin: 1.2rem 0 0; }
.drawing svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figcaption { margin: .4rem 0 0; }
.drawing.wide { display: none; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin: .3rem 0 .5rem; padding: 0; font-size: .87rem; }
.legend li { display: inline-flex; align-items: center; gap: .4rem; }
.key { font-size: .9rem; margin: .3rem 0 .6rem; padding-left: 1.8rem; overflow-wrap: anywhere; }
.schedule { margin: 1.4rem 0; }
.schedule svg { display: block; }
.schedule p { margin: .1rem 0 0; }
.scroll { overflow-x: auto; max-width: 100%; }
.scroll.tall { max-height: 30rem; overflow-y: auto; }
details { margin: .4rem 0 0; }
summary { cursor: pointer; color: var(--link); padding: .3rem 0; font-size: .93rem; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; margin: .2rem 0 .8rem; }
caption { text-align: left; color: var(--faint); padding: .2rem 0 .4rem; }
th, td { padding: .2rem .7rem .2rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
thead th { vertical-align: bottom; color: var(--faint); font-weight: 600; }
.tall thead th { position: sticky; top: 0; background: var(--paper); }
tbody th, thead th:first-child { text-align: left; font-weight: 500; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .25rem 1rem; margin: 0 0 1rem; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
footer { padding-top: 2rem; padding-bottom: 3rem; color: var(--faint); font-size: .9rem; }
.print-only { display: none; }
@media (min-width: 60rem) {
  .grid { grid-template-columns: 1fr 1fr; }
  .drawing.wide { display: block; }
  .drawing.narrow, .legend:not(.pareto) { display: none; }
  .legend.pareto { display: none; }
  .drawing svg { margin: 0; }
}
@media print {
  :root { ${cssVariables(theme.light)} color-scheme: light; }
  @page { margin: 16mm 14mm; }
  body { font-size: 9.5pt; }
  header, main, footer { max-width: none; padding: 0; }
  nav, .skip, details:not([open]) { display: none; }
  .print-only { display: block; }
  .grid { grid-template-columns: 1fr 1fr; gap: 6mm 5mm; }
  .drawing.wide { display: block; }
  .drawing.narrow, .legend { display: none; }
  figure, .look, dl, pre { break-inside: avoid; }
  h2, h3, .intro, .finding { break-after: avoid; }
  h2 { margin-top: 1.4rem; }
  .scroll, .scroll.tall { overflow: visible; max-height: none; }
  .schedule svg { max-width: 100%; height: auto; }
  a { color: inherit; text-decoration: none; }
}
`;

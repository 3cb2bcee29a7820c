import { targetsShown } from './latency.ts';
import { printStyle } from './style-print.ts';
import { svgStyle } from './style-svg.ts';

/** Colours of light and dark pages: greys and one accent. All text has a contrast of at least 4.5, all marks of 3. */
const colours = `:root {
color-scheme: light dark;
--ground: #ffffff; --raised: #f5f7f8; --line: #d5dbdf; --text: #1b2226; --muted: #55616a; --mark: #6f8896; --soft: #d9e4ea;
--accent: #0b6a73; --accent-soft: #cdebee; --alarm: #a3320f;
}
@media (prefers-color-scheme: dark) {
:root {
--ground: #12171a; --raised: #1b2226; --line: #364047; --text: #e6ecef; --muted: #a3b0b8; --mark: #7f98a6; --soft: #2b3a43;
--accent: #5fd0da; --accent-soft: #10474d; --alarm: #ff9d7a;
}
}
`;

const type = `* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1.25rem 6rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 0.75rem; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0 0 0.75rem; }
a { color: var(--accent); text-underline-offset: 0.15em; }
code, pre { font: 0.85em/1.5 ui-monospace, monospace; }
pre { margin: 0; padding: 0.75rem 1rem; background: var(--raised); border-radius: 6px; }
small, .small, .note { font-size: 0.85rem; color: var(--muted); }
.lead { max-width: 46rem; }
.alarm { color: var(--alarm); }
section { margin: 3rem -4px 0; padding: 0 4px 4px; content-visibility: auto; contain-intrinsic-size: auto 56rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 0.5rem; z-index: 3; padding: 0.5rem 1rem; background: var(--ground); }
.unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
.definitions { position: absolute; }
`;

const parts = `nav { position: sticky; top: 0; z-index: 2; background: var(--ground); border-bottom: 1px solid var(--line); }
nav ul { display: flex; gap: 0.25rem 1.25rem; max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; list-style: none; overflow-x: auto; }
nav a { display: block; padding: 0.65rem 0; color: var(--muted); text-decoration: none; white-space: nowrap; }
nav a:hover { color: var(--text); text-decoration: underline; }
nav a:focus-visible { outline-offset: -3px; }
.brand { margin: 0.5rem 0 0.25rem; color: var(--accent); font-weight: 600; }
.from { margin-top: 0.5rem; color: var(--muted); }
.headlines { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 0 1px; margin: 0 0 1.25rem; background: var(--line); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.headlines > div { display: grid; grid-template-rows: subgrid; grid-row: span 3; gap: 0; margin-top: -1px; border-top: 1px solid var(--line); padding: 0.8rem 1rem; background: var(--ground); }
.headlines dt { font-size: 0.85rem; color: var(--muted); line-height: 1.3; }
.headlines dd { margin: 0; }
.headlines .value { font-size: 1.6rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
.notes { margin: 0 0 1.25rem; padding: 0.75rem 1rem; border-left: 3px solid var(--accent); background: var(--raised); }
.notes h3 { margin: 0; }
.notes ul { margin: 0.25rem 0 0; padding-left: 1.2rem; }
.scroll { overflow: auto; max-width: 100%; margin: 0 0 1rem; }
.zoomable { max-height: min(85vh, 62rem); border: 1px solid var(--line); border-radius: 8px; }
.grabbed { cursor: grabbing; user-select: none; }
.tall { max-height: 85vh; }
table { border-collapse: collapse; min-width: 50%; font-size: 0.93rem; font-variant-numeric: tabular-nums; }
tbody th a { color: inherit; text-decoration-color: var(--mark); }
caption { padding: 0 0 0.4rem; text-align: left; font-weight: 600; }
caption span { display: inline-block; position: sticky; left: 0; max-width: calc(100vw - 2.5rem); }
th, td { padding: 0.35rem 1.1rem 0.35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; white-space: nowrap; }
th { font-weight: 600; }
thead th { max-width: 11rem; color: var(--muted); font-size: 0.85rem; vertical-align: bottom; white-space: normal; overflow-wrap: normal; }
tbody th { font-weight: 400; }
.number { text-align: right; }
.tall thead th { position: sticky; top: 0; background: var(--ground); }
th button { padding: 0; min-height: 0; border: 0; background: none; color: inherit; font: inherit; cursor: pointer; text-align: inherit; }
th button:hover { text-decoration: underline; }
th[aria-sort] button::after { content: ' ↑' / ''; }
th[aria-sort='descending'] button::after { content: ' ↓' / ''; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; margin: 0 0 0.75rem; }
.tools > * { min-width: 0; max-width: 100%; }
.tools[hidden] { display: none; }
${Array.from({ length: targetsShown }, (_, i) => `html[data-target='${i}'] main [data-target]:not([data-target='${i}']) { display: none; }`).join('\n')}
button, input, select { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--mark); border-radius: 6px; padding: 0.3rem 0.7rem; min-height: 2.25rem; max-width: 100%; }
button { cursor: pointer; }
button:hover { background: var(--raised); }
.zoom { display: inline-flex; gap: 0.25rem; margin-left: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 0.35rem 1.5rem; margin: 0 0 1.25rem; padding: 0; list-style: none; font-size: 0.85rem; color: var(--muted); }
.legend svg { vertical-align: -0.2em; }
.breakdown { display: block; width: 100%; height: 26px; margin: 0 0 1rem; border-radius: 4px; }
summary { cursor: pointer; padding: 0.25rem 0; color: var(--accent); }
tr.chosen > * { background: var(--accent-soft); }
tr.chosen > th { box-shadow: inset 3px 0 var(--accent); }
`;

const details = `#details { position: fixed; right: 1.25rem; bottom: 1.25rem; z-index: 2; width: 22rem; max-height: 70vh; overflow: auto; background: var(--ground); border: 1px solid var(--mark); border-radius: 8px; box-shadow: 0 6px 24px #0003; }
#details[hidden] { display: none; }
.details-head { position: sticky; top: 0; display: flex; align-items: start; gap: 0.75rem; padding: 0.75rem 0.75rem 0.5rem 1rem; background: var(--ground); }
.details-head h2 { flex: 1; margin: 0; font-size: 1rem; }
.details-head span { display: flex; gap: 0.25rem; }
.details-head button { min-width: 2.25rem; padding: 0.2rem; }
#details dl { display: grid; grid-template-columns: auto 1fr; gap: 0.25rem 1rem; margin: 0; padding: 0 1rem 1rem; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
#details dt { color: var(--muted); max-width: 9rem; }
#details dd { margin: 0; }
@media (max-width: 40rem) {
main { padding: 1rem 0.9rem 6rem; }
h1 { font-size: 1.5rem; }
section { margin-top: 2.25rem; }
nav ul { padding: 0 0.9rem; }
.headlines { grid-template-columns: 1fr 1fr; }
.headlines > div { padding: 0.6rem 0.75rem; }
.headlines > div:last-child:nth-child(odd) { grid-column: 1 / -1; }
.headlines .value { font-size: 1.3rem; }
.zoom { margin-left: 0; }
tbody th { min-width: 9rem; max-width: 11rem; white-space: normal; }
#details { left: 0; right: 0; bottom: 0; width: auto; max-height: 42vh; border-width: 1px 0 0; border-radius: 0; }
}
`;

/** All styles of the page. */
export const pageStyle = `\n${colours}${type}${parts}${details}${svgStyle}${printStyle}`;

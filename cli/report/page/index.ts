import { createHash } from 'node:crypto';
import { type Report, reportElementId } from '../schema.ts';
import { accuracySection } from './accuracy.ts';
import { patternDefinitions } from './column-chart.ts';
import { graphSection } from './graph.ts';
import { headSection } from './head.ts';
import { html, trusted } from './html.ts';
import { latencySection } from './latency.ts';
import { layersSection } from './layers.ts';
import { memorySection } from './memory.ts';
import { fullName } from './names.ts';
import { provenanceSection } from './provenance.ts';
import { pageScript } from './script.ts';
import { sizesSection } from './sizes.ts';
import { pageStyle } from './style.ts';

const sections = [
  ['summary', 'Summary'],
  ['graph', 'Graph'],
  ['memory', 'Memory'],
  ['latency', 'Latency'],
  ['accuracy', 'Accuracy'],
  ['sizes', 'Sizes'],
  ['layers', 'Layers'],
  ['provenance', 'Provenance'],
] as const;

/**
 * A report as one HTML file that needs nothing else: no network, no other file. All figures are there without a script; the script links the
 * charts, zooms, sorts and finds. The same report gives the same bytes.
 */
export function reportPage(report: Report): string {
  const script = pageScript();
  return html`${trusted('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${trusted(contentPolicy(script))}">
<meta name="color-scheme" content="light dark">
<title>${fullName(report.model.name)}: thimble report</title>
<style>${trusted(pageStyle)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<nav aria-label="Sections"><ul>${sections.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main id="main">
${patternDefinitions}
${headSection(report)}${graphSection(report)}${memorySection(report)}${latencySection(report)}${accuracySection(report)}${sizesSection(report)}${layersSection(report)}${provenanceSection(report)}</main>
<aside id="details" aria-labelledby="details-title" hidden>
<div class="details-head"><h2 id="details-title">Layer</h2><span><button type="button" data-go="-1" aria-label="Layer before">↑</button><button type="button" data-go="1" aria-label="Layer after">↓</button><button type="button" data-go="close" aria-label="Close">×</button></span></div>
<dl id="details-facts"></dl>
</aside>
<p id="chosen" class="unseen" role="status"></p>
<script type="application/json" id="${reportElementId}">${trusted(embeddedJson(report))}</script>
<script type="module">${trusted(script)}</script>
</body>
</html>
`.markup;
}

/** JSON that cannot end the element it stands in. */
function embeddedJson(report: Report): string {
  return JSON.stringify(report).replaceAll('<', '\\u003c');
}

/** The policy of the page: its own script and style and nothing else. */
function contentPolicy(script: string): string {
  const rules = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(pageStyle)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return rules.join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

import type { Report } from '../schema.ts';
import { bytesHtml } from './figures.ts';
import { type Cell, type Html, html, scrolling, section, table } from './html.ts';
import { nameHtml } from './names.ts';

type FileEntry = Report['provenance']['inputs'][number];

/** Where everything comes from: enough to make it again. */
export function provenanceSection({ provenance, schemaVersion }: Report): Html {
  const { thimble, commands, options, inputs, outputs } = provenance;
  const names = Object.keys(options).sort();
  return section('provenance', 'Provenance', [
    html`<p class="lead">Made by thimble ${thimble}, report version ${schemaVersion}.</p>
<div class="tools" hidden><button type="button" data-copy="commands">Copy commands</button> <button type="button" data-copy="provenance">Copy all as JSON</button> <output id="copied"></output></div>
`,
    commands.length === 0
      ? null
      : scrolling(
          'Commands',
          html`<pre id="commands">${commands.map((one, i) => [i === 0 ? null : html`\n`, one])}</pre>`,
        ),
    names.length === 0
      ? html`<p>All options have their defaults.</p>`
      : table(
          'Options that are not their defaults',
          [{ text: 'Option' }, { text: 'Value' }],
          names.map((name) => [{ text: html`<code>${name}</code>` }, { text: nameHtml(options[name] ?? '', 200) }]),
        ),
    fileTable('Files that were read', inputs),
    fileTable('Files of the package', outputs),
  ]);
}

function fileTable(caption: string, files: readonly FileEntry[]): Html | null {
  if (files.length === 0) return null;
  const rows = files.map(({ path, bytes, sha256 }): Cell[] => [
    { text: nameHtml(path, 60) },
    { number: bytesHtml(bytes) },
    { text: html`<code>${sha256}</code>` },
  ]);
  return table(caption, [{ text: 'File' }, { number: 'Size' }, { text: 'SHA-256' }], rows);
}

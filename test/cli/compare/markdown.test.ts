import { describe, expect, it } from 'vitest';
import { checkThresholds } from '../../../cli/compare/check-thresholds.ts';
import { compareReports } from '../../../cli/compare/comparison.ts';
import { commentMark, comparisonMarkdown } from '../../../cli/compare/markdown.ts';
import { parseThresholds } from '../../../cli/compare/thresholds.ts';
import type { Report } from '../../../cli/report/schema.ts';
import { accuracy, buildReport, latency, layer } from './build-report.ts';

function markdown(before: Report, after: Report, ...max: string[]): string {
  const comparison = compareReports(before, after);
  const checks = checkThresholds(parseThresholds(max), comparison);
  return comparisonMarkdown({ path: 'a.html', report: before }, { path: 'b.html', report: after }, comparison, checks);
}

describe('Markdown', () => {
  it('is short', () => {
    const after = buildReport({
      memory: { arenaBytes: 4100, stackBytes: 500 },
      latency: [latency('nano33ble', 30_000)],
      accuracy: accuracy(190, [0, 0.01, 0.02]),
    });
    expect(markdown(buildReport(), after, 'arena=+2%', 'latency:x=+1%', 'macs=+0')).toBe(`${commentMark}

### thimble: \`tiny\`, 2 of 3 checks failed

|  | before | after | change |
| --- | --: | --: | --: |
| right answers | 98.0 % (196 of 200) | 95.0 % (190 of 200) | **▼ -3.0 points** |
| same answers as before | 98.0 % (196 of 200) | 95.0 % (190 of 200) | **▼ -3.0 points** |
| \`latency on nano33ble\` | 40.0 ms | 30.0 ms | ▼ -10.0 ms (-25.0 %) |
| arena | 4,000 B | 4,100 B | **▲ +100 B (+2.5 %)** |

- **unknown** \`latency:x=+1%\`: \`neither report has latency of "x"\`; \`they have nano33ble\`
- **exceeded** \`arena=+2%\`: \`arena 4,000 B to 4,100 B, +100 B (+2.5 %), at most 4,080 B\`

<details><summary>More numbers (1)</summary>

|  | before | after | change |
| --- | --: | --: | --: |
| stack (bound) | 600 B | 500 B | ▼ -100 B (-16.7 %) |

</details>

<details><summary>Thresholds that are kept (1)</summary>

- **within** \`macs=+0\`: \`MACs 6,000 to 6,000, unchanged, at most 6,000\`

</details>

\`a.html\` and \`b.html\`
`);
  });

  it('of equal reports is a line', () => {
    const text = markdown(buildReport(), buildReport(), 'arena=+1%');
    expect(text).toContain('### thimble: `tiny`, no difference, within all thresholds\n');
    expect(text).not.toContain('|');
  });

  it('keeps names from being Markdown, HTML, mentions or cells', () => {
    const nasty = '`` </code> | <img src=x onerror=alert(1)> @all #1 [a](b)\n\n# x';
    const before = buildReport({ notes: [nasty], latency: [], model: { name: nasty } });
    const after = buildReport({
      model: { name: nasty, file: nasty },
      latency: [latency(nasty)],
      graph: { layers: [layer(0, nasty, 'conv-2d', { quantization: { scheme: nasty, granularity: null } })] },
      accuracy: accuracy(1, [0.5]),
    });
    const text = markdown(before, after, 'latency=1s');
    const spans = /(?<!`)(`+)(?!`)(?:.*?[^`])\1(?!`)/g;
    const outside = text.replace(spans, '');
    expect(text.match(/onerror/g)?.length).toBeGreaterThan(4);
    expect(outside).not.toMatch(/onerror|@all|\[a\]/);
    expect(outside.replace(/<\/?(?:details|summary)>|<!--.*?-->/g, '')).not.toContain('<');
    for (const line of text.split('\n').filter((one) => one.startsWith('| '))) {
      const cells = line.replace(/\\\|/g, '').split('|').length - 2;
      expect([3, 4]).toContain(cells);
    }
  });

  it('stays within what a comment may hold', () => {
    const names = Array.from({ length: 400 }, (_, i) => `${i}${'|`'.repeat(200)}`);
    const after = buildReport({
      latency: names.map((name) => latency(name)),
      graph: { layers: names.map((name, i) => layer(0, name, `op${i}`)) },
      notes: names,
      sizes: { parts: names.map((name) => ({ name, bytes: 1, gzipBytes: 1, origin: 'computed' })) },
    });
    const text = markdown(buildReport(), after, 'latency=1us', 'macs=+0');
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain('and 381 more');
  });
});

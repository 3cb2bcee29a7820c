import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bytesText, countText, ratioText, threeDigits, timeText } from '../../../../cli/report/page/figures.ts';
import { html } from '../../../../cli/report/page/html.ts';
import { reportPage } from '../../../../cli/report/page/index.ts';
import { cutName, cutPlace } from '../../../../cli/report/page/names.ts';
import { type Report, reportElementId, reportSchema } from '../../../../cli/report/schema.ts';
import { hostileReport, longReport, mobileNetReport } from './reports.ts';

const mobileNet = mobileNetReport();
const page = reportPage(mobileNet);

/** The text of the only element that matches. */
function inside(text: string, start: RegExp, end: string): string {
  const [whole = ''] = start.exec(text) ?? [];
  const from = text.indexOf(whole) + whole.length;
  return text.slice(from, text.indexOf(end, from));
}

/** The JSON of a page, as other commands read it. */
function embedded(text: string): unknown {
  return JSON.parse(inside(text, new RegExp(`<script type="application/json" id="${reportElementId}">`), '</script>'));
}

/** What a page has before its JSON and its script. */
const withoutScript = (text: string) => text.slice(0, text.indexOf('<script'));

const countOf = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

describe('the page of a report', () => {
  it('is of reports as the schema has them', () => {
    for (const report of [mobileNet, hostileReport(), longReport(20)]) {
      expect(reportSchema.safeParse(report).error).toBeUndefined();
    }
  });

  it('says how far the lower bound is below the arena, as a part of the arena', () => {
    const memory = { ...mobileNet.memory, arenaBytes: 4000, lowerBoundBytes: 3000 };
    const text = reportPage({ ...mobileNet, memory });
    expect(text).toContain(', 25.0 % below');
    expect(text).toContain(', which is 25.0 % less than this one');
  });

  it('has every layer in its table, in its graph and in its charts', () => {
    for (const { index, name } of mobileNet.graph.layers) {
      expect(countOf(page, new RegExp(`<tr id="layer-${index}" `, 'g'))).toBe(1);
      expect(countOf(page, new RegExp(`<a class="layer" href="#layer-${index}" `, 'g'))).toBe(1);
      // Three targets and the error.
      expect(countOf(page, new RegExp(`<a href="#layer-${index}" data-layer="${index}" aria-label=`, 'g'))).toBe(4);
      expect(page).toContain(cutPlace(name, 40));
    }
  });

  it('says the headline numbers, the states with ratios, and what to know', () => {
    const { model, memory, notes } = mobileNet;
    expect(page).toContain(countText(model.macs));
    expect(page).toContain(bytesText(memory.arenaBytes));
    expect(page).toContain('<small>0.50x</small>');
    expect(page).toContain('Time on STM32F446RE<');
    for (const note of notes) expect(page).toContain(note);
    expect(page).toContain(memory.peak.remedies[0]);
    expect(page).toContain('143 of 200');
    expect(page).toContain('194 of 200');
  });

  it('shows what a layer has taken up and the channels that are left', () => {
    const pruned = mobileNet.graph.layers.filter((layer) => layer.pruned !== null);
    expect(pruned.length).toBeGreaterThan(0);
    expect(page).toContain('>180 → 144</text>');
    expect(countOf(page, /<rect class="fused"/g)).toBe(
      // One in the legend.
      mobileNet.graph.layers.filter(({ fused }) => fused.length > 0).length + 1,
    );
  });

  it('has the same bytes for the same report', () => {
    expect(reportPage(structuredClone(mobileNet))).toBe(page);
  });

  it('is below 2 MB, and needs nothing else', () => {
    expect(Buffer.byteLength(page)).toBeLessThan(2e6);
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/<(?:link|img|iframe|object|base)\b/);
    expect(page).not.toMatch(/\b(?:src|action|on\w+)="/);
    expect(page).not.toContain(' style="');
  });

  it('allows its own script and style and nothing else', () => {
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const policy = inside(page, /<meta http-equiv="Content-Security-Policy" content="/, '"');
    expect(policy).toBe(
      [
        "default-src 'none'",
        `script-src ${hash(inside(page, /<script type="module">/, '</script>'))}`,
        `style-src ${hash(inside(page, /<style>/, '</style>'))}`,
        ...["base-uri 'none'", "form-action 'none'"],
      ].join('; '),
    );
  });

  it('holds the report as JSON', () => {
    expect(embedded(page)).toEqual(mobileNet);
  });

  it('says what is not known', () => {
    const bare: Report = { ...mobileNet, latency: [], accuracy: null, sizes: { ...mobileNet.sizes, parts: [] } };
    const text = reportPage({ ...bare, stages: bare.stages.slice(0, 1), notes: [] });
    expect(text).toContain('No latency is known');
    expect(text).toContain('no samples were given');
    expect(text).toContain('what the output takes is not known');
    expect(text).not.toContain('Before and after');
    expect(text).not.toContain('To know');
    expect(withoutScript(text)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('has a page for a report of nothing', () => {
    const empty: Report = {
      ...mobileNet,
      graph: { layers: [], tensors: [], inputs: [], outputs: [] },
      memory: {
        ...mobileNet.memory,
        ...{ arenaBytes: 0, lowerBoundBytes: 0, buffers: [], steps: [] },
        peak: { step: -1, culprits: [], remedies: [] },
      },
      latency: mobileNet.latency.map((one) => ({
        ...one,
        us: 0,
        rangeUs: { low: 0, high: 0, certainty: 0.9 },
        layers: [],
      })),
    };
    expect(withoutScript(reportPage(empty))).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('names from models', () => {
  const hostile = hostileReport();
  const text = reportPage(hostile);

  it('never become markup', () => {
    expect(countOf(text, /<script/g)).toBe(2);
    expect(text).not.toMatch(/<img|<!-- comment/);
    // Quotes within attributes are escaped: what is left of a page without its quoted values has no handler.
    expect(text.replace(/"[^"]*"/g, '""')).not.toMatch(/<[a-z]+[^>]*\son\w+=/);
    expect(embedded(text)).toEqual(hostile);
  });

  it('show what would steer', () => {
    const markup = withoutScript(text);
    expect(markup).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Cs}/u);
    expect(markup).toContain('control \\u0007 bell \\u001b[31m \\u202e turned');
  });

  it('are cut, with the whole in the tip', () => {
    const long = `start/${'x'.repeat(90)}/end`;
    expect(cutName(long, 20)).toBe(`..${'x'.repeat(14)}/end`);
    expect(cutName('short', 20)).toBe('short');
    expect(cutPlace('CONV_2D #3 "block3/conv"', 20)).toBe('block3/conv');
    expect(reportPage({ ...mobileNet, model: { ...mobileNet.model, name: long } })).toContain(`title="${long}"`);
  });
});

describe('markup', () => {
  it('escapes parts, but not markup within markup', () => {
    expect(html`<b title="${'"&\''}">${['<', html`<i>${1}</i>`, null]}</b>`.markup).toBe(
      '<b title="&quot;&amp;&#39;">&lt;<i>1</i></b>',
    );
  });
});

describe('figures', () => {
  it('have three digits and a unit', () => {
    expect([0, 999, 999.4, 1234, 999_600, 300_775_552].map(countText)).toEqual([
      ...['0', '999', '999.4', '1.23 k', '1 M', '301 M'],
    ]);
    expect([0, 0.1234, 870, 999.6, 12_340, 999_600, 3.5e6].map(timeText)).toEqual([
      ...['0 us', '0.123 us', '870 us', '1 ms', '12.3 ms', '1 s', '3.5 s'],
    ]);
    expect([0, 1023, 1024, 3_800_000].map(bytesText)).toEqual(['0 B', '1,023 B', '1.0 KiB', '3.6 MiB']);
    expect([threeDigits(1.2345), threeDigits(99.96), threeDigits(12345)]).toEqual(['1.23', '100', '12345']);
    expect([ratioText(1, 2), ratioText(1, 0)]).toEqual(['0.50x', null]);
  });
});

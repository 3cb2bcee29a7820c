import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mapSvg } from '../../../converter/plan/render/map-svg.ts';
import { momentsOf, peakOf } from '../../../converter/plan/render/peak.ts';
import type { PlanPicture } from '../../../converter/plan/render/picture.ts';
import { ownSteps, sharedAreas } from '../../../converter/plan/render/shared-area.ts';
import { addressTicks } from '../../../converter/plan/render/svg-frame.ts';
import { xmlText } from '../../../converter/plan/render/xml.ts';
import { pictureOfRows, type Row, smallRows } from './plans.ts';
import { xmlFaults } from './well-formed.ts';

function svgOf(picture: PlanPicture, title = 'a model'): string {
  const peak = peakOf(momentsOf(picture.plan, picture.steps.length));
  if (peak === null) throw new Error('no peak');
  return mapSvg(picture, peak, title);
}

/** The rectangles of buffers by number, with their places in pixels. */
function rectangles(svg: string) {
  const group =
    /<g><title>b(\d+), [^<]*<\/title><rect class="([^"]*)" x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)"/g;
  return [...svg.matchAll(group)].map(([, id, paint = '', ...place]) => {
    const [x = 0, y = 0, width = 0, height = 0] = place.map(Number);
    return { id: Number(id), classes: paint.split(' '), x, y, width, height };
  });
}

/** Pixels of the drawing: origin and size of the area, from its two edges. */
function areaOf(svg: string) {
  const edges = [...svg.matchAll(/<path class="edge" d="M(\d+) ([\d.]+)H([\d.]+)"/g)].map((match) =>
    match.slice(1).map(Number),
  );
  const [[left = 0, bottom = 0, right = 0] = [], [, top = 0] = []] = edges;
  return { left, right, bottom, top };
}

const small = pictureOfRows(smallRows, 3);

describe('the drawing of a plan', () => {
  test('is well-formed XML without scripts or anything from elsewhere', () => {
    const svg = svgOf(small);
    expect(xmlFaults(svg)).toEqual([]);
    expect(svg).not.toMatch(/<script|<foreignObject|\son\w+=|href|@import|url\((?!#thimble-hatch\))/);
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toContain('http');
    expect(svg).toContain('@media (prefers-color-scheme:dark)');
  });

  test('has each buffer at its steps and addresses', () => {
    const svg = svgOf(small);
    const { left, right, top, bottom } = areaOf(svg);
    const [perStep, perByte] = [(right - left) / 5, (bottom - top) / small.plan.arenaBytes];
    const drawn = rectangles(svg);
    expect(drawn.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4]);
    for (const [i, { x, y, width, height }] of drawn.entries()) {
      const [, , offset = 0, bytes = 0, start = 0, end = 0] = smallRows[i] ?? [];
      expect((x - left) / perStep).toBeCloseTo(start + 1, 3);
      expect(width / perStep).toBeCloseTo(end - start, 3);
      expect((bottom - y) / perByte).toBeCloseTo(offset + bytes, 1);
      expect(height / perByte).toBeCloseTo(bytes, 1);
    }
  });

  test('highlights the buffers alive at the peak, and lists them by size', () => {
    const svg = svgOf(small);
    const culprits = rectangles(svg).filter(({ classes }) => classes.includes('culprit'));
    expect(culprits.map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(svg).toContain('peak: 1,000 bytes at step 0, OP #0 &quot;s0&quot;');
    expect([...svg.matchAll(/>([\d,]+ bytes: b\d[^<]*)</g)].map(([, text]) => text)).toEqual([
      '400 bytes: b2 block/conv',
      '300 bytes: b1 image',
      '200 bytes: b0 memory (state)',
    ]);
  });

  test('hatches the bytes that two buffers share', () => {
    expect(svgOf(small)).toContain('<title>b2 and b4 share 100 bytes, 600 to 700</title><rect class="shared"');
    expect(svgOf(pictureOfRows(smallRows.slice(0, 4), 3))).not.toContain('class="shared"');
  });

  test('marks a stream, and the whole of it where it is the peak', () => {
    const rows: readonly Row[] = [
      ['in', 'activation', 0, 100, -1, 1],
      ['a rows', 'activation', 100, 50, 1, 4],
      ['out', 'activation', 150, 50, 1, 5],
    ];
    const svg = svgOf(pictureOfRows(rows, 4, [{ first: 1, end: 4 }]));
    const { left, right } = areaOf(svg);
    const perStep = (right - left) / 6;
    const [, x, width] = /<rect class="band" x="([\d.]+)" y="\d+" width="([\d.]+)"/.exec(svg) ?? [];
    expect(Number(x)).toBeCloseTo(left + 2 * perStep, 1);
    expect(Number(width)).toBeCloseTo(3 * perStep, 1);
    expect(svg).toContain('<title>steps 1-3, row by row from OP #1 to OP #3</title><path class="stream"');
    expect(xmlFaults(svg)).toEqual([]);
  });

  test('names a buffer where nothing lies over it', () => {
    const { placements } = small.plan;
    const areas = sharedAreas(placements);
    expect(
      areas.map(({ of, start, end, from, to }) => [...of.map(({ buffer }) => buffer.id), start, end, from, to]),
    ).toEqual([[2, 4, 2, 3, 600, 700]]);
    const own = placements.map((placement) => ownSteps(placement, areas));
    expect(own.map(({ start, end }) => [start, end])).toEqual([
      [-1, 4],
      [-1, 1],
      [0, 2],
      [1, 2],
      [3, 4],
    ]);
    const [one, ...others] = areas;
    expect(one !== undefined && others.length === 0 && ownSteps(one.of[1], [{ ...one, start: 2, end: 4 }])).toEqual({
      start: 2,
      end: 4,
    });
  });

  test('marks a lower bound that is not met', () => {
    expect(svgOf(small)).not.toContain('lower bound');
    const above = { ...small, plan: { ...small.plan, lowerBoundBytes: 900 } };
    expect(svgOf(above)).toContain('<title>lower bound: 900 bytes</title>');
  });

  test('stays well-formed whatever the names are', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('</title><script>', ']]>', '"\'&<>', '\ud800', '\uffff'),
    );
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), name, (names, title) => {
        const rows = names.map((text, i): Row => [text, 'activation', 9 * i, 9, i, i + 2]);
        const picture = pictureOfRows(rows, 5);
        const svg = svgOf({ ...picture, steps: names.concat(picture.steps).slice(0, 5) }, title);
        expect(xmlFaults(svg)).toEqual([]);
        expect(svg.match(/<script/g)).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  test('is drawn for an empty plan too', () => {
    const svg = svgOf(pictureOfRows([], 0));
    expect(xmlFaults(svg)).toEqual([]);
    expect(svg).not.toContain('NaN');
  });

  test('of 300 buffers stays below 120 kB, and a page wide', () => {
    const rows = Array.from(
      { length: 300 },
      (_, i): Row => [`model/block_${i}/conv/BiasAdd`, 'activation', 5 * (i % 3), 5, i, i + 3],
    );
    const svg = svgOf(pictureOfRows(rows, 302));
    expect(xmlFaults(svg)).toEqual([]);
    expect(rectangles(svg)).toHaveLength(300);
    expect(svg.length).toBeLessThan(120_000);
    expect(Number(/ width="(\d+)"/.exec(svg)?.[1])).toBeLessThan(2200);
  });

  test('is the same each time', () => {
    expect(svgOf(small)).toBe(svgOf(pictureOfRows(smallRows, 3)));
  });
});

describe('the judge of XML', () => {
  test.each([
    '<a><b></a></b>',
    '<a>',
    '<a/><b/>',
    '<a x="1" x="2"/>',
    '<a x=1/>',
    '<a>&</a>',
    '<a>\u0001</a>',
    '<a x="<"/>',
    'text<a/>',
    '<a>1 < 2</a>',
  ])('finds a fault in %j', (text) => {
    expect(xmlFaults(text)).not.toEqual([]);
  });

  test('lets good XML pass', () => {
    expect(xmlFaults('<a x="1 &gt; 2">t &amp; u<b/><c y="z">v</c></a>\n')).toEqual([]);
  });
});

describe('text for XML', () => {
  test.each([
    ['a<b & "c" \'d\'>', 'a&lt;b &amp; &quot;c&quot; &#39;d&#39;&gt;'],
    ['\u0000\u001b\u202e', '\\u0000\\u001b\\u202e'],
    ['漢 \u{1f600}', '漢 \u{1f600}'],
  ])('%j', (text, expected) => {
    expect(xmlText(text)).toBe(expected);
  });
});

test('addresses on the axis are at most eight, from 0', () => {
  for (const bytes of [1, 2, 7, 8, 9, 768, 16_000, 1_505_280]) {
    const ticks = addressTicks(bytes);
    expect(ticks[0]).toBe(0);
    expect(ticks.length).toBeLessThanOrEqual(8);
    expect(ticks.at(-1)).toBeLessThan(bytes);
  }
});

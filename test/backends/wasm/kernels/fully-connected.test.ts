import { describe, test } from 'vitest';
import type { Rounding } from '../../../../converter/tensor/requantize.ts';
import { singleNode } from '../run-graph.ts';
import { type Arithmetic, clamps, expectSame, type ProductOptions, productParts } from './expect-same.ts';

interface Case extends Partial<ProductOptions> {
  readonly rows?: number;
  readonly depth?: number;
  readonly units?: number;
  readonly rounding?: Rounding;
  readonly symmetric?: boolean;
}

function graphOf(arithmetic: Arithmetic, c: Case) {
  const { rows = 1, depth = 16, units = 8 } = c;
  const { inputs, output } = productParts({
    ...c,
    arithmetic,
    input: [rows, depth],
    weights: [units, depth],
    output: [rows, units],
    channelAxis: 0,
  });
  const hybrid = arithmetic !== 'hybrid' ? 'none' : c.symmetric ? 'symmetric' : 'asymmetric';
  return singleNode(
    { type: 'fully-connected', attributes: { clamp: clamps.relu6, hybrid } },
    inputs,
    output,
    c.rounding,
  );
}

const edges = [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 100];

describe.each(['int8', 'float32', 'hybrid'] as const)('fully-connected %s', (arithmetic) => {
  test.each(edges)('depth %i', (depth) => {
    expectSame(graphOf(arithmetic, { depth }));
    expectSame(graphOf(arithmetic, { depth, rows: 3 }));
  });
  test.each(edges)('%i units', (units) => {
    expectSame(graphOf(arithmetic, { units }));
    expectSame(graphOf(arithmetic, { units, rows: 5 }));
  });
  test('weights with a zero point', () => {
    if (arithmetic === 'float32') return;
    expectSame(graphOf(arithmetic, { weightZero: 5, units: 9 }));
    expectSame(graphOf(arithmetic, { weightZero: 5, units: 9, rows: 2 }));
  });
});

test('fully-connected int8 with single rounding', () => {
  expectSame(graphOf('int8', { rounding: 'single', units: 19 }));
});

test('fully-connected hybrid with symmetric input', () => {
  expectSame(graphOf('hybrid', { symmetric: true, depth: 30 }));
  expectSame(graphOf('hybrid', { symmetric: true, depth: 30, rows: 4 }));
});

test.each([1, 3, 4, 5, 8, 17])('fully-connected float32 with computed weights of depth %i', (depth) => {
  for (const rows of [1, 3]) {
    const { inputs, output } = productParts({
      ...{ arithmetic: 'float32', input: [rows, depth], weights: [5, depth], output: [rows, 5], channelAxis: 0 },
    });
    const [input, weights, bias] = inputs;
    const op = { type: 'fully-connected', attributes: { clamp: clamps.relu6, hybrid: 'none' } } as const;
    expectSame(singleNode(op, [input, weights.type, bias], output));
    expectSame(singleNode(op, [input, weights, bias.type], output));
  }
});

import { describe, expect, it } from 'vitest';
import { packageOptions } from '../../../converter/package-options.ts';
import { widenWeights } from '../../../converter/passes/narrow-weights.ts';
import { convertToC } from '../../../converter/pipeline.ts';
import { withInt4Weights } from '../../support/int4.ts';
import { expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';
import { int4Case, pointwise } from './int4-layers.ts';
import { convolution } from './models.ts';

describe('layers with weights of 4 bits in C', () => {
  it('give what the reference gives', async () => {
    await expectSameAsReference([int4Case(32, 'exact', 3)], SANITIZED);
    const others = [int4Case(null, 'exact'), int4Case(16, 'single', 3), int4Case(128, 'float', 3)];
    await expectSameAsReference(others, { compiler: 'gcc', flags: ['-O1'] });
  });

  it.each(OTHER_COMPILERS)('compile with $compiler without a warning', async (options) => {
    await expectSameAsReference([int4Case(32, 'single', 3)], options);
  });

  it.each([
    [null, 0.52],
    [16, 0.57],
    [32, 0.54],
  ] as const)('take about half the flash with groups of %s', (group, share) => {
    const graph = withInt4Weights(convolution({ ...pointwise, channels: 128, outputs: 128 }, 3).graph, group, 4);
    const [packed, plain] = [graph, widenWeights(graph)].map((one) => convertToC(one, packageOptions('layer')).memory);
    const saved = (plain?.constantBytes ?? 0) - (packed?.constantBytes ?? 0);
    expect(saved).toBeGreaterThan((1 - share) * 128 * 128);
  });
});

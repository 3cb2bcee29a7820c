import { describe, expect, it } from 'vitest';
import { checkFlash, flashLimit, flashModels } from '../../bench/flash/check.ts';
import { flashReport } from '../../bench/flash/report.ts';
import { qemuMissing } from '../../cli/engine/c.ts';

describe('predicted flash', () => {
  it.skipIf(qemuMissing('cortex-m4') !== null)('of the example is near to that of the linked program', async () => {
    const models = flashModels.filter(({ id }) => id === 'digits');
    const [figure] = await checkFlash(models, ['cortex-m4'], () => {});
    if (figure === undefined || 'skipped' in figure) return expect.fail('the example is there');
    const { code, constants } = figure;
    expect(constants.predicted).toBe(constants.linked);
    const error = (code.predicted + constants.predicted) / (code.linked + constants.linked) - 1;
    expect(Math.abs(error)).toBeLessThanOrEqual(flashLimit);
  });

  it('is marked where it is beyond the limit', () => {
    const figure = (predicted: number) => ({
      ...{ id: 'digits', cpu: 'cortex-m4' as const, code: { predicted, linked: 1000 } },
      constants: { predicted: 1000, linked: 1000 },
    });
    const text = flashReport([figure(1050), figure(1150), { id: 'kws', cpu: null, skipped: 'no file' }]);
    expect(text).toMatch(/\+2\.5 % +yes$/m);
    expect(text).toMatch(/\+7\.5 % +NO$/m);
    expect(text).toContain('flash within 5 % of the linked program: 1 of 2, worst +7.5 %');
  });
});

import { describe, expect, it } from 'vitest';
import { type Comparison, layerErrors } from '../../../cli/report/errors.ts';
import { noteLine, shownName } from '../../../cli/report/names.ts';
import { givenOptions, reportCommand } from '../../../cli/report/provenance.ts';
import { referenceExecutor } from '../../../converter/compress/executor.ts';
import { valueId } from '../../../converter/ir/graph.ts';
import { parseGraph } from '../../../converter/ir/parse.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';

/** y = factor * x + offset, channel by channel. */
const scaled = (factor: number, offset: number) =>
  parseGraph(`
    graph "g" producer="test" rounding=exact
    input %0 "x": float32 1x2x2
    const %1 "f": float32 2 = [${factor},${factor}]
    const %2 "o": float32 2 = [${offset},${offset}]
    %3 "p": float32 1x2x2 = zip(%0, %1) {"clamp":{"max":"inf","min":"-inf"},"fn":"mul"} from "mul"
    %4 "y": float32 1x2x2 = zip(%3, %2) {"clamp":{"max":"inf","min":"-inf"},"fn":"add"} from "add"
    output "y" %4`);

const sample = (...data: readonly number[]) => [
  { type: tensorType('float32', [1, 2, 2]), data: Float32Array.from(data) },
];
const samples = [() => sample(1, 2, 3, -4), () => sample(-2, 1, 5, 0)];

const errorOf = (now: ReturnType<typeof scaled>, isScaled: boolean, channels: readonly number[] | null = null) => {
  const pairs = [{ layer: 'add', before: valueId(4), now: valueId(4), channels }];
  const comparison: Comparison = { before: scaled(1, 0), now, pairs, isScaled, inputsNow: (inputs) => inputs };
  return layerErrors(comparison, samples, referenceExecutor, () => {}).get('add');
};

describe('the error of a layer', () => {
  it('is the squared difference over power and over variance', () => {
    expect(errorOf(scaled(1, 0), false)).toEqual({ noise: 0, error: 0, isScaled: false });
    const [power, mean] = [1 + 4 + 9 + 16 + 4 + 1 + 25, 6 / 8];
    const found = errorOf(scaled(1, 0.5), false);
    expect(found?.noise).toBeCloseTo((8 * 0.25) / power, 6);
    expect(found?.error).toBeCloseTo((8 * 0.25) / (power - 8 * mean * mean), 6);
  });

  it('takes scales and offsets of channels for no error where that is asked for and explains it', () => {
    expect(errorOf(scaled(3, 2), false)).toMatchObject({ isScaled: false });
    const found = errorOf(scaled(3, 2), true);
    expect(found?.isScaled).toBe(true);
    expect(found?.error).toBeCloseTo(0, 6);
    expect(errorOf(scaled(1.01, 0), true)?.isScaled).toBe(false);
  });

  it('compares the channels that are left with those that they were', () => {
    expect(errorOf(scaled(1, 0), false, [0, 1])?.error).toBe(0);
    expect(errorOf(scaled(1, 0), false, [1, 0])?.error).toBeGreaterThan(1);
  });
});

describe('names in a report', () => {
  it('are cut in the middle, and cannot steer', () => {
    expect(shownName('conv')).toBe('conv');
    const long = shownName(`first${'x'.repeat(500)}last`);
    expect(long).toMatch(/^first.*\.\..*last$/);
    expect(long).toHaveLength(120);
    expect(shownName('a\u202e\u0007b\n')).toBe('a\\u202e\\x07b\\x0a');
    expect(shownName('😀'.repeat(100))).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
    expect(noteLine('one\n  two\u0000')).toBe('one two\\x00');
  });
});

describe('provenance', () => {
  const table = { target: {}, samples: {}, remedies: { default: true }, rounding: { default: 'default' }, out: {} };

  it('has what is not usual, without folders', () => {
    const args = {
      target: './parts/mine.json',
      samples: ['/sets/of/a', 'x=/b/c.npz'],
      remedies: false,
      rounding: 'default',
      out: 'o',
    };
    const options = givenOptions(args, table);
    expect(options).toEqual({ remedies: 'false', samples: 'a x=c.npz', target: 'mine.json' });
    expect(reportCommand('a b.tflite', options)).toBe(
      'thimble report "a b.tflite" --no-remedies --samples "a x=c.npz" --target mine.json',
    );
  });
});

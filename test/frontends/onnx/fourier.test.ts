import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { floats, type NodeDraft, type TensorDraft, writeModel } from './draft.ts';

const int = (name: string, i: number) => ({ name, type: 2, i });
const whole = (values: readonly number[]): TensorDraft => ({ dims: [values.length], dataType: 7, int64Data: values });

type Complex = readonly [re: number, im: number];

/** The sum over n of x(n) e^(sign 2 pi i k n / N) for k below `count`. */
function transform(x: readonly Complex[], count: number, sign: 1 | -1): Complex[] {
  return Array.from({ length: count }, (_, k) => {
    let [re, im] = [0, 0];
    x.forEach(([a, b], n) => {
      const angle = (sign * 2 * Math.PI * k * n) / x.length;
      re += a * Math.cos(angle) - b * Math.sin(angle);
      im += a * Math.sin(angle) + b * Math.cos(angle);
    });
    return [re, im];
  });
}

interface Draft {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly operands?: readonly string[];
  readonly initializers?: Readonly<Record<string, TensorDraft>>;
  readonly attributes?: NodeDraft['attributes'];
  readonly opset?: number;
}

function run(op: string, { shape, data, operands = ['x'], initializers = {}, attributes = [], opset = 17 }: Draft) {
  const node = { op, inputs: operands, outputs: ['y'], attributes };
  const graph = importOnnx(
    writeModel({ inputs: { x: shape }, initializers, outputs: ['y'], nodes: [node], opset }),
    'm',
  );
  const [y] = evaluateGraph(graph, [{ type: tensorType('float32', shape), data: Float32Array.from(data) }]);
  return { shape: y?.type.shape, y: Array.from(y?.data ?? [], Number) };
}

function expectClose(actual: readonly number[], expected: readonly Complex[]): void {
  expect(actual.length).toBe(2 * expected.length);
  for (const [i, value] of expected.flat().entries()) expect(actual[i]).toBeCloseTo(value, 4);
}

const signal = [1, -2, 3, 0.5, 4, -1];
const real = signal.map((x): Complex => [x, 0]);
const complex = [0, 1, 2].map((i): Complex => [signal[2 * i] ?? 0, signal[2 * i + 1] ?? 0]);

describe('DFT', () => {
  test('of a real signal, whole and one-sided', () => {
    expectClose(run('DFT', { shape: [1, 6, 1], data: signal }).y, transform(real, 6, -1));
    const half = run('DFT', { shape: [1, 6, 1], data: signal, attributes: [int('onesided', 1)] });
    expect(half.shape).toEqual([1, 4, 2]);
    expectClose(half.y, transform(real, 4, -1));
  });

  test('of a complex signal, and back', () => {
    const shape = [1, 3, 2];
    expectClose(run('DFT', { shape, data: signal }).y, transform(complex, 3, -1));
    const back = transform(complex, 3, 1).map(([re, im]): Complex => [re / 3, im / 3]);
    expectClose(run('DFT', { shape, data: signal, attributes: [int('inverse', 1)] }).y, back);
  });

  test('of a length that cuts or pads, along an axis that is an input from operator set 20 on', () => {
    const at = (length: number) =>
      run('DFT', {
        ...{ shape: [6, 1, 1], data: signal, opset: 20, operands: ['x', 'n', 'a'] },
        initializers: { n: whole([length]), a: whole([0]) },
      });
    expectClose(at(4).y, transform(real.slice(0, 4), 4, -1));
    expectClose(at(8).y, transform([...real, [0, 0], [0, 0]], 8, -1));
  });

  test.each([5, 6])('one-sided and inverse gives the real signal of %i elements again', (length) => {
    const half = transform(real.slice(0, length), Math.floor(length / 2) + 1, -1);
    const { shape, y } = run('DFT', {
      ...{ shape: [1, half.length, 2], data: half.flat(), operands: ['x', 'n'], initializers: { n: whole([length]) } },
      attributes: [int('inverse', 1), int('onesided', 1)],
    });
    expect(shape).toEqual([1, length, 1]);
    y.forEach((value, i) => {
      expect(value).toBeCloseTo(signal[i] ?? 0, 4);
    });
  });
});

test('STFT transforms frames times the window', () => {
  const { shape, y } = run('STFT', {
    ...{ shape: [1, 6, 1], data: signal, operands: ['x', 'step', 'w'] },
    initializers: { step: whole([2]), w: floats([4], [1, 2, 3, 4]) },
  });
  expect(shape).toEqual([1, 2, 3, 2]);
  const frame = (start: number) => real.slice(start, start + 4).map(([x], i): Complex => [x * (i + 1), 0]);
  expectClose(y, [...transform(frame(0), 3, -1), ...transform(frame(2), 3, -1)]);
});

import { describe, expect, test } from 'vitest';
import { type AttributeDraft, floats, int64s, type TensorDraft } from './draft.ts';
import { outputsOf, problemsOf } from './evaluate.ts';

const i = (name: string, value: number): AttributeDraft => ({ name, type: 2, i: value });
const f = (name: string, value: number): AttributeDraft => ({ name, type: 1, f: value });
const s = (name: string, value: string): AttributeDraft => ({ name, type: 3, s: Buffer.from(value) });

/** A constant of whole numbers in any dtype that lists its elements as int32; 5 is int16, 6 int32, 9 bool, 4 uint16. */
const wholes = (dataType: number, ...values: number[]): TensorDraft => ({
  dims: [values.length],
  dataType,
  int32Data: values,
});

interface One {
  readonly op: string;
  /** Constants behind x. */
  readonly more?: Readonly<Record<string, TensorDraft>>;
  readonly inputs?: readonly string[];
  readonly attributes?: readonly AttributeDraft[];
  readonly opset?: number;
}

/** One operator on x, a float of four elements; its result is cast to float32. */
function draft({ op, more = {}, inputs = ['x', ...Object.keys(more)], attributes = [], opset = 18 }: One) {
  const node = { op, inputs, outputs: ['r'], attributes };
  const cast = { op: 'Cast', inputs: ['r'], outputs: ['y'], attributes: [i('to', 1)] };
  return { opset, inputs: { x: [4] }, outputs: ['y'], initializers: more, nodes: [node, cast] };
}

const of = (one: One, ...x: number[]) => outputsOf(draft(one), x)[0];
const why = (one: One) => problemsOf(draft(one)).map(({ what }) => what);

describe('functions of one tensor', () => {
  test('Shrink and ThresholdedRelu', () => {
    const shrink = { op: 'Shrink', attributes: [f('lambd', 1), f('bias', 0.5)] };
    expect(of(shrink, -2, -1, 1, 2)).toEqual([-1.5, 0, 0, 1.5]);
    expect(of({ op: 'ThresholdedRelu', attributes: [f('alpha', 2)] }, 1, 2, 3, -5)).toEqual([0, 0, 3, 0]);
  });

  test('IsNaN and IsInf with each choice of signs', () => {
    const x = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1];
    expect(of({ op: 'IsNaN' }, ...x)).toEqual([1, 0, 0, 0]);
    const isInf = (negative: number, positive: number) => ({
      op: 'IsInf',
      attributes: [i('detect_negative', negative), i('detect_positive', positive)],
    });
    expect(of(isInf(1, 1), ...x)).toEqual([0, 1, 1, 0]);
    expect(of(isInf(1, 0), ...x)).toEqual([0, 0, 1, 0]);
    expect(of(isInf(0, 1), ...x)).toEqual([0, 1, 0, 0]);
    expect(of(isInf(0, 0), 1, 2, 3, Number.NEGATIVE_INFINITY)?.slice(0, 3)).toEqual([0, 0, 0]);
  });

  test('Softplus keeps small results', () => {
    expect(of({ op: 'Softplus' }, -30, 0, 1, 100)).toEqual(
      [-30, 0, 1, 100].map((x) => expect.closeTo(x > 50 ? x : Math.log1p(Math.exp(x)), 6)),
    );
    expect(of({ op: 'Softplus' }, -30, 0, 0, 0)?.[0]).toBeGreaterThan(9e-14);
  });

  test('functions of real numbers refuse whole ones', () => {
    const sin = { op: 'Sin', more: { c: wholes(6, 1) }, inputs: ['c'] };
    expect(why(sin)).toEqual(['the dtype int32 is not supported']);
  });
});

describe('Clip', () => {
  test('of whole numbers has bounds of their dtype', () => {
    const clip = { op: 'Clip', more: { c: wholes(5, -5, 0, 5, 300), l: wholes(5, -2), h: wholes(5, 9) } };
    expect(of({ ...clip, inputs: ['c', 'l', 'h'] }, 0, 0, 0, 0)).toEqual([-2, 0, 5, 9]);
    expect(of({ ...clip, inputs: ['c', '', 'h'] }, 0, 0, 0, 0)).toEqual([-5, 0, 5, 9]);
  });

  test('the upper bound wins; a bound has one element', () => {
    expect(of({ op: 'Clip', more: { l: floats([], [3]), h: floats([], [1]) } }, 0, 1, 2, 4)).toEqual([1, 1, 1, 1]);
    expect(why({ op: 'Clip', more: { l: floats([2], [3, 4]) } })).toEqual(['min has 2 elements']);
  });
});

describe('functions of two tensors', () => {
  test('Pow of any exponent; the result has the dtype of the base', () => {
    expect(of({ op: 'Pow', more: { e: floats([4], [2, 0, -1, 0.5]) } }, 3, 7, 4, 9)).toEqual([9, 1, 0.25, 3]);
    expect(of({ op: 'Pow', more: { e: int64s([1], [5]) } }, 1, 2, 3, -2)).toEqual([1, 32, 243, -32]);
    const whole = (e: TensorDraft) => ({ op: 'Pow', more: { c: wholes(6, 1, 2, 3, 4), e }, inputs: ['c', 'e'] });
    expect(of(whole(floats([1], [3])), 0, 0, 0, 0)).toEqual([1, 8, 27, 64]);
    expect(why(whole(floats([1], [0.5])))).toEqual(['int32 to the power of 0.5']);
    expect(why({ op: 'Pow', more: { c: wholes(6, 1) }, inputs: ['c', 'x'] })[0]).toContain('is computed at run time');
  });

  test('Mod takes real numbers with fmod=1 only', () => {
    const mod = (...attributes: AttributeDraft[]) => ({ op: 'Mod', more: { d: floats([1], [3]) }, attributes });
    expect(of(mod(i('fmod', 1)), 7, -7, 2.5, -0.5)).toEqual([1, -1, 2.5, -0.5]);
    expect(why(mod())).toEqual(['fmod=0 on float32']);
    const whole = (fmod: number) => ({
      ...{ op: 'Mod', more: { c: wholes(6, 7, -7), d: wholes(6, -3, 3) }, inputs: ['c', 'd'] },
      attributes: [i('fmod', fmod)],
    });
    expect(of(whole(0), 0, 0, 0, 0)).toEqual([-2, 2]);
    expect(of(whole(1), 0, 0, 0, 0)).toEqual([1, -1]);
  });

  test('bits and bools', () => {
    const pair = (op: string, a: TensorDraft, b: TensorDraft, ...attributes: AttributeDraft[]) =>
      of({ op, more: { a, b }, inputs: ['a', 'b'], attributes }, 0, 0, 0, 0);
    expect(pair('BitwiseXor', wholes(4, 12, 65535), wholes(4, 10, 1))).toEqual([6, 65534]);
    expect(of({ op: 'BitwiseNot', more: { a: wholes(4, 0, 5) }, inputs: ['a'] }, 0, 0, 0, 0)).toEqual([65535, 65530]);
    expect(pair('BitShift', wholes(4, 40000), wholes(4, 1), s('direction', 'LEFT'))).toEqual([80000 - 65536]);
    expect(pair('BitShift', wholes(4, 40000), wholes(4, 3), s('direction', 'RIGHT'))).toEqual([5000]);
    expect(pair('Xor', wholes(9, 0, 1, 1), wholes(9, 1, 1, 0))).toEqual([1, 0, 1]);
    expect(why({ op: 'And', more: { b: wholes(9, 1) } })).toEqual(['the dtype float32 is not supported']);
    expect(why({ op: 'BitwiseAnd', more: { b: floats([1], [1]) } })).toEqual(['the dtype float32 is not supported']);
    const turned = { op: 'BitShift', more: { a: wholes(4, 1), b: wholes(4, 1) }, inputs: ['a', 'b'] };
    expect(why({ ...turned, attributes: [s('direction', 'UP')] })).toEqual(['direction UP is not known']);
  });

  test('comparisons line operands up by axis before operator set 7', () => {
    const less = { op: 'Less', more: { b: floats([1], [2]) }, opset: 6 };
    expect(why(less)).toEqual(['the shapes of its operands differ']);
    expect(of({ ...less, attributes: [i('broadcast', 1)] }, 1, 2, 3, -1)).toEqual([1, 0, 0, 1]);
  });

  test('Where with a computed condition', () => {
    const nodes = [
      { op: 'Greater', inputs: ['x', 'zero'], outputs: ['c'] },
      { op: 'Where', inputs: ['c', 'x', 'zero'], outputs: ['y'] },
    ];
    const initializers = { zero: floats([], [0]) };
    const model = { inputs: { x: [4] }, outputs: ['y'], initializers, nodes };
    expect(outputsOf(model, [1, -1, 0, 2])).toEqual([[1, 0, 0, 2]]);
  });
});

test('ReduceLogSumExp neither overflows nor loses infinities', () => {
  const reduce = { op: 'ReduceLogSumExp', attributes: [i('keepdims', 0)] };
  expect(of(reduce, 1000, 1000, 0, 0)).toEqual([Math.fround(1000 + Math.LN2)]);
  const low = Number.NEGATIVE_INFINITY;
  expect(of(reduce, low, low, low, low)).toEqual([low]);
  expect(of(reduce, 1, Number.POSITIVE_INFINITY, 0, 0)).toEqual([Number.POSITIVE_INFINITY]);
});

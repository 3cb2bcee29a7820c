import { describe, expect, test } from 'vitest';
import { binary, constant, theVariable, unary } from '../../converter/ops/scalar-expression.ts';
import { clampOfExpression, composeClamps } from '../../converter/passes/clamp-expression.ts';
import { foldPadding } from '../../converter/passes/fold-padding.ts';
import { fuseActivation } from '../../converter/passes/fuse-activation.ts';
import { expectNoRewrite, expectRewrite, none, reluOf } from './rules-for-tests.ts';

const zeroToInf = '{"max":"inf","min":0}';
const window = '"padding":{"bottom":0,"left":0,"right":0,"top":0},"strides":[1,1]';
const conv = (clamp: string, input = '%0') =>
  `conv-2d(${input}, %1, %2) {"clamp":${clamp},"dilations":[1,1],"groups":1,"hybrid":"none",${window}}`;
const operands = `const %1 "w": int8 2x1x1x1 axis=0 scales=[0.5,0.25] zeros=[0,0] = [3,-5]
const %2 "b": int32 2 = [10,-20]`;
const q = 'scale=0.25 zero=-4';

describe('fuse-activation', () => {
  const x = 'input %0 "x": int8 1x2x2x1 scale=0.5 zero=3';
  const net = (body: string) => `${x}\n${operands}\n${body}`;

  test('puts a clamp into the convolution before it', () => {
    expectRewrite(
      fuseActivation,
      net(`%3 "c": int8 1x2x2x2 ${q} = ${conv(none)} from "CONV"
        %4 "y": int8 1x2x2x2 ${q} = ${reluOf('%3')} from "RELU"
        output "y" %4`),
      `${x}
${operands}
%5 "y": int8 1x2x2x2 ${q} = ${conv(zeroToInf)} from "CONV"
output "y" %5`,
    );
  });

  const one = 'const %1 "k": float32 1 = [1]';
  const before = 'input %0 "x": float32 1x2x2x1';
  const pool = (clamp: string) =>
    `pool-2d(%0) {"clamp":${clamp},"dilations":[1,1],"kernel":[1,2],"kind":"average",${window},"ties":"away"}`;
  const zip = (clamp: string) => `zip(%0, %1) {"clamp":${clamp},"fn":"sub"}`;

  test.each([
    ['pool-2d', '', '1x2x1x1', pool],
    ['zip', `${one}\n`, '1x2x2x1', zip],
  ])('and into %s, together with a clamp that is there already', (_, constants, shape, call) => {
    expectRewrite(
      fuseActivation,
      `${before}
       ${constants}
       %3 "c": float32 ${shape} = ${call('{"max":6,"min":-1}')} from "F"
       %4 "y": float32 ${shape} = ${reluOf('%3')} from "RELU"
       output "y" %4`,
      `${before}
${constants}%5 "y": float32 ${shape} = ${call('{"max":6,"min":0}')} from "F"
output "y" %5`,
    );
  });

  const misses: readonly (readonly [why: string, body: string])[] = [
    [
      'two consumers',
      `%3 "c": int8 1x2x2x2 ${q} = ${conv(none)} from "CONV"
       %4 "y": int8 1x2x2x2 ${q} = ${reluOf('%3')} from "RELU"
       %5 "z": int8 1x2x2x2 ${q} = zip(%3, %4) {"clamp":${none},"fn":"add"} from "ADD"
       output "z" %5`,
    ],
    [
      'the convolution is an output of the graph',
      `%3 "c": int8 1x2x2x2 ${q} = ${conv(none)} from "CONV"
       %4 "y": int8 1x2x2x2 ${q} = ${reluOf('%3')} from "RELU"
       output "c" %3
       output "y" %4`,
    ],
    [
      'another quantization',
      `%3 "c": int8 1x2x2x2 ${q} = ${conv(none)} from "CONV"
       %4 "y": int8 1x2x2x2 scale=0.25 zero=-5 = ${reluOf('%3')} from "RELU"
       output "y" %4`,
    ],
    [
      'more than a clamp',
      `%3 "c": int8 1x2x2x2 ${q} = ${conv(none)} from "CONV"
       %4 "y": int8 1x2x2x2 ${q} = map(%3) {"expression":{"fn":"tanh","kind":"unary","of":{"kind":"x"}}} from "TANH"
       output "y" %4`,
    ],
    [
      'an operator that has no clamp',
      `%3 "c": int8 4 scale=0.5 zero=3 = reshape(%0) {"shape":[4]} from "RESHAPE"
       %4 "y": int8 4 scale=0.5 zero=3 = ${reluOf('%3')} from "RELU"
       output "y" %4`,
    ],
    ['the clamp of an input', `%4 "y": int8 1x2x2x1 scale=0.5 zero=3 = ${reluOf('%0')} from "RELU"\noutput "y" %4`],
  ];

  test.each(misses)('not with %s', (_, body) => {
    expectNoRewrite(fuseActivation, net(body));
  });

  test('not on int32, where a map goes through float32', () => {
    expectNoRewrite(
      fuseActivation,
      `input %0 "x": int32 2
       %1 "a": int32 2 = zip(%0, %0) {"clamp":${none},"fn":"add"} from "ADD"
       %2 "y": int32 2 = ${reluOf('%1')} from "RELU"
       output "y" %2`,
    );
  });
});

describe('clamps', () => {
  const x = theVariable;

  test('of expressions', () => {
    expect(clampOfExpression(x)).toEqual({ min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY });
    expect(clampOfExpression(binary('min', binary('max', x, constant(-1)), constant(1)))).toEqual({ min: -1, max: 1 });
    expect(clampOfExpression(binary('max', binary('min', x, constant(6)), constant(0)))).toEqual({ min: 0, max: 6 });
    // min(max(x, 5), 2) is 2 everywhere.
    expect(clampOfExpression(binary('min', binary('max', x, constant(5)), constant(2)))).toEqual({ min: 2, max: 2 });
  });

  test('are not seen in anything else', () => {
    expect(clampOfExpression(constant(1))).toBeNull();
    expect(clampOfExpression(unary('abs', x))).toBeNull();
    expect(clampOfExpression(binary('add', x, constant(0)))).toBeNull();
    expect(clampOfExpression(binary('max', unary('neg', x), constant(0)))).toBeNull();
    expect(clampOfExpression(binary('max', x, x))).toBeNull();
  });

  test('one after the other', () => {
    expect(composeClamps({ min: 0, max: 6 }, { min: 1, max: 9 })).toEqual({ min: 1, max: 6 });
    expect(composeClamps({ min: 0, max: 1 }, { min: 2, max: 3 })).toEqual({ min: 2, max: 2 });
  });
});

describe('fold-padding', () => {
  const x = 'input %0 "x": int8 1x2x2x1 scale=0.5 zero=3';
  const pad = (before: string, after: string, value = 0) =>
    `pad(%0) {"after":[${after}],"before":[${before}],"value":${value}} from "PAD"`;
  const padded = (bottom: number, left: number, right: number, top: number) =>
    `"padding":{"bottom":${bottom},"left":${left},"right":${right},"top":${top}},"strides":[1,1]`;
  const padType = 'int8 1x5x6x1 scale=0.5 zero=3';

  test('gives rows and columns of zeros to the convolution, on top of its own', () => {
    const own = conv(none, '%3').replace(window, padded(0, 1, 0, 0));
    expectRewrite(
      foldPadding,
      `${x}
       ${operands}
       %3 "p": ${padType} = ${pad('0,1,1,0', '0,2,3,0')}
       %4 "y": int8 1x5x7x2 ${q} = ${own} from "CONV"
       output "y" %4`,
      `${x}
${operands}
%5 "y": int8 1x5x7x2 ${q} = ${conv(none).replace(window, padded(2, 2, 3, 1))} from "CONV"
output "y" %5`,
    );
  });

  test('and to the depthwise convolution', () => {
    const weights = 'const %1 "w": float32 1x2x2x1 = [1,2,3,4]\nconst %2 "b": float32 1 = [0.5]';
    const depthwise = (input: string, shape: string) =>
      `depthwise-conv-2d(${input}, %1, %2) {"clamp":${none},"dilations":[1,1],"hybrid":"none",${shape}} from "DW"`;
    expectRewrite(
      foldPadding,
      `input %0 "x": float32 1x2x2x1
       ${weights}
       %3 "p": float32 1x4x3x1 = ${pad('0,1,1,0', '0,1,0,0')}
       %4 "y": float32 1x3x2x1 = ${depthwise('%3', window)}
       output "y" %4`,
      `input %0 "x": float32 1x2x2x1
${weights}
%5 "y": float32 1x3x2x1 = ${depthwise('%0', padded(1, 1, 0, 1))}
output "y" %5`,
    );
  });

  const convolved = `%4 "y": int8 1x5x6x2 ${q} = ${conv(none, '%3')} from "CONV"`;
  const spatial = pad('0,1,1,0', '0,2,3,0');
  const misses: readonly (readonly [why: string, body: string])[] = [
    ['a value that is not zero', `%3 "p": ${padType} = ${pad('0,1,1,0', '0,2,3,0', 1)}\n${convolved}\noutput "y" %4`],
    [
      'two consumers',
      `%3 "p": ${padType} = ${spatial}\n${convolved}
       %5 "z": ${padType} = ${reluOf('%3')} from "RELU"\noutput "y" %4\noutput "z" %5`,
    ],
    ['the padded value as output', `%3 "p": ${padType} = ${spatial}\n${convolved}\noutput "y" %4\noutput "p" %3`],
    [
      'padding of the batch',
      `%3 "p": int8 2x2x2x1 scale=0.5 zero=3 = ${pad('0,0,0,0', '1,0,0,0')}
       %4 "y": int8 2x2x2x2 ${q} = ${conv(none, '%3')} from "CONV"\noutput "y" %4`,
    ],
    [
      'an average pool, which would count the zeros no more',
      `%3 "p": ${padType} = ${spatial}
       %4 "y": ${padType} = pool-2d(%3) {"clamp":${none},"dilations":[1,1],"kernel":[1,1],"kind":"average",${window},"ties":"away"} from "POOL"
       output "y" %4`,
    ],
  ];

  test.each(misses)('not with %s', (_, body) => {
    expectNoRewrite(foldPadding, `${x}\n${operands}\n${body}`);
  });

  test('not with padding of the channels', () => {
    expectNoRewrite(
      foldPadding,
      `${x}
       const %1 "w": int8 2x1x1x2 axis=0 scales=[0.5,0.25] zeros=[0,0] = [3,-5,1,1]
       const %2 "b": int32 2 = [10,-20]
       %3 "p": int8 1x2x2x2 scale=0.5 zero=3 = ${pad('0,0,0,0', '0,0,0,1')}
       %4 "y": int8 1x2x2x2 ${q} = ${conv(none, '%3')} from "CONV"
       output "y" %4`,
    );
  });
});

import { describe, test } from 'vitest';
import { eliminateDeadNodes } from '../../converter/passes/dead-code.ts';
import { eliminateIdentity, eliminateQuantizePair } from '../../converter/passes/eliminate-identity.ts';
import { foldConstants } from '../../converter/passes/fold-constants.ts';
import { mergeReshapes, mergeTransposes, transposeToReshape } from '../../converter/passes/merge-movement.ts';
import { expectNoRewrite, expectRewrite, none, reluOf } from './rules-for-tests.ts';

describe('eliminate-dead-nodes', () => {
  test('takes out a node, and then the node that only it read', () => {
    expectRewrite(
      eliminateDeadNodes,
      `input %0 "x": float32 2
       %1 "a": float32 2 = ${reluOf('%0')} from "A"
       %2 "b": float32 2 = ${reluOf('%1')} from "B"
       %3 "y": float32 2 = ${reluOf('%0')} from "Y"
       output "y" %3`,
      `input %0 "x": float32 2
%3 "y": float32 2 = ${reluOf('%0')} from "Y"
output "y" %3`,
    );
  });

  test('keeps what is an output, or is read', () => {
    expectNoRewrite(
      eliminateDeadNodes,
      `input %0 "x": float32 2
       %1 "a": float32 2 = ${reluOf('%0')} from "A"
       %2 "b": float32 2 = ${reluOf('%1')} from "B"
       output "b" %2`,
    );
  });
});

describe('fold-constants', () => {
  const add = `{"clamp":${none},"fn":"add"}`;

  test('computes chains of constants', () => {
    expectRewrite(
      foldConstants,
      `input %0 "x": int32 2
       const %1 "a": int32 2 = [1,2]
       const %2 "b": int32 1 = [10]
       %3 "c": int32 2 = zip(%1, %2) ${add} from "C"
       %4 "d": int32 2 = zip(%3, %3) ${add} from "D"
       %5 "y": int32 2 = zip(%0, %4) ${add} from "Y"
       output "y" %5`,
      `input %0 "x": int32 2
const %7 "d": int32 2 = [22,24]
%5 "y": int32 2 = zip(%0, %7) ${add} from "Y"
output "y" %5`,
    );
  });

  test('computes an output of the graph too', () => {
    expectRewrite(
      foldConstants,
      `const %1 "a": int32 2 = [1,-2]
       %2 "y": int32 1x2 = reshape(%1) {"shape":[1,2]} from "R"
       output "y" %2`,
      `const %3 "y": int32 1x2 = [1,-2]
output "y" %3`,
    );
  });

  test('waits for inputs', () => {
    expectNoRewrite(
      foldConstants,
      `input %0 "x": int32 2
       const %1 "a": int32 2 = [1,2]
       %2 "y": int32 2 = zip(%1, %0) ${add} from "Y"
       output "y" %2`,
    );
  });

  test('does not unfold a small file into a huge constant, nor work on it for hours', () => {
    expectNoRewrite(
      foldConstants,
      `const %0 "a": int8 1 scale=1 zero=0 = [1]
       %1 "y": int8 100000001 scale=1 zero=0 = pad(%0) {"after":[100000000],"before":[0],"value":0} from "PAD"
       output "y" %1`,
    );
    expectNoRewrite(
      foldConstants,
      `const %0 "a": float32 1x1x1x1 = [1]
       %1 "b": float32 1x4096x4096x1 = pad(%0) {"after":[0,4095,4095,0],"before":[0,0,0,0],"value":0} from "PAD"
       %2 "c": float32 1x4096x4096x1 = pool-2d(%1) {"clamp":${none},"dilations":[1,1],"kernel":[1,1],"kind":"max","padding":{"bottom":0,"left":0,"right":0,"top":0},"strides":[1,1],"ties":"up"} from "POOL"
       output "y" %2`
        .replaceAll('4096', '8192')
        .replaceAll('4095', '8191'),
    );
  });
});

describe('eliminate-identity', () => {
  const x = 'input %0 "x": int8 1x2x2x1 scale=0.5 zero=3';
  const identities = [
    'map(%0) {"expression":{"kind":"x"}}',
    'pad(%0) {"after":[0,0,0,0],"before":[0,0,0,0],"value":7}',
    'slice(%0) {"begin":[0,0,0,0],"size":[1,2,2,1],"strides":[1,1,1,1]}',
    'concat(%0) {"axis":1}',
    'transpose(%0) {"permutation":[0,1,2,3]}',
    'reshape(%0) {"shape":[1,2,2,1]}',
    'requantize(%0) {}',
  ];

  test.each(identities)('%s', (call) => {
    expectRewrite(
      eliminateIdentity,
      `${x}
       %1 "a": int8 1x2x2x1 scale=0.5 zero=3 = ${call} from "A"
       %2 "y": int8 1x2x2x1 scale=0.5 zero=3 = ${reluOf('%1')} from "Y"
       output "a" %1
       output "y" %2`,
      `${x}
%2 "y": int8 1x2x2x1 scale=0.5 zero=3 = ${reluOf('%0')} from "Y"
output "a" %0
output "y" %2`,
    );
  });

  const others = [
    `1x2x2x1 scale=0.25 zero=3 = map(%0) {"expression":{"kind":"x"}}`,
    `1x2x2x1 scale=0.5 zero=3 = ${reluOf('%0')}`,
    '1x3x2x1 scale=0.5 zero=3 = pad(%0) {"after":[0,1,0,0],"before":[0,0,0,0],"value":0}',
    '1x2x2x1 scale=0.5 zero=3 = slice(%0) {"begin":[0,1,0,0],"size":[1,2,2,1],"strides":[1,-1,1,1]}',
    '1x1x2x1 scale=0.5 zero=3 = slice(%0) {"begin":[0,0,0,0],"size":[1,1,2,1],"strides":[1,1,1,1]}',
    '2x2x2x1 scale=0.5 zero=3 = concat(%0, %0) {"axis":0}',
    '1x2x2x1 scale=0.5 zero=3 = transpose(%0) {"permutation":[0,2,1,3]}',
    '2x2 scale=0.5 zero=3 = reshape(%0) {"shape":[2,2]}',
    '1x2x2x1 scale=0.5 zero=4 = requantize(%0) {}',
    '1x2x2x1 scale=0.25 zero=3 = requantize(%0) {}',
  ];

  test.each(others)('not %s', (call) => {
    expectNoRewrite(eliminateIdentity, `${x}\n%1 "y": int8 ${call} from "Y"\noutput "y" %1`);
  });
});

describe('eliminate-quantize-pair', () => {
  const pair = (dtype: string, back: string) => `input %0 "x": ${dtype} 2 scale=0.1 zero=3
    %1 "r": float32 2 = dequantize(%0) {} from "R"
    %2 "y": ${back} = quantize(%1) {} from "Y"
    output "y" %2`;

  test.each(['int8', 'uint8', 'int16'])('%s and back', (dtype) => {
    const type = `${dtype} 2 scale=0.1 zero=3`;
    expectRewrite(
      eliminateQuantizePair,
      pair(dtype, type),
      `input %0 "x": ${type}
%1 "r": float32 2 = dequantize(%0) {} from "R"
output "y" %0`,
    );
  });

  test.each(['int8 2 scale=0.1 zero=4', 'int8 2 scale=0.2 zero=3', 'int16 2 scale=0.1 zero=3'])(
    'not int8 to %s',
    (back) => {
      expectNoRewrite(eliminateQuantizePair, pair('int8', back));
    },
  );

  test('not int32, of which float32 holds only some', () => {
    expectNoRewrite(eliminateQuantizePair, pair('int32', 'int32 2 scale=0.1 zero=3'));
  });

  test('not where something lies between', () => {
    expectNoRewrite(
      eliminateQuantizePair,
      `input %0 "x": int8 2 scale=0.1 zero=3
       %1 "r": float32 2 = dequantize(%0) {} from "R"
       %2 "s": float32 2 = ${reluOf('%1')} from "S"
       %3 "y": int8 2 scale=0.1 zero=3 = quantize(%2) {} from "Y"
       output "y" %3`,
    );
  });
});

describe('movement', () => {
  const x = 'input %0 "x": float32 2x3x4';

  test('merge-reshapes', () => {
    expectRewrite(
      mergeReshapes,
      `${x}
       %1 "a": float32 6x4 = reshape(%0) {"shape":[6,4]} from "A"
       %2 "y": float32 24 = reshape(%1) {"shape":[24]} from "Y"
       output "a" %1
       output "y" %2`,
      `${x}
%1 "a": float32 6x4 = reshape(%0) {"shape":[6,4]} from "A"
%3 "y": float32 24 = reshape(%0) {"shape":[24]} from "Y"
output "a" %1
output "y" %3`,
    );
    expectNoRewrite(
      mergeReshapes,
      `${x}
       %1 "a": float32 4x3x2 = transpose(%0) {"permutation":[2,1,0]} from "A"
       %2 "y": float32 24 = reshape(%1) {"shape":[24]} from "Y"
       output "y" %2`,
    );
  });

  test('merge-transposes', () => {
    expectRewrite(
      mergeTransposes,
      `${x}
       %1 "a": float32 3x4x2 = transpose(%0) {"permutation":[1,2,0]} from "A"
       %2 "y": float32 2x3x4 = transpose(%1) {"permutation":[2,0,1]} from "Y"
       %3 "z": float32 4x3x2 = transpose(%1) {"permutation":[1,0,2]} from "Z"
       output "y" %2
       output "z" %3`,
      `${x}
%1 "a": float32 3x4x2 = transpose(%0) {"permutation":[1,2,0]} from "A"
%4 "y": float32 2x3x4 = transpose(%0) {"permutation":[0,1,2]} from "Y"
%5 "z": float32 4x3x2 = transpose(%0) {"permutation":[2,1,0]} from "Z"
output "y" %4
output "z" %5`,
    );
    expectNoRewrite(
      mergeTransposes,
      `${x}
       %1 "a": float32 3x4x2 = transpose(%0) {"permutation":[1,2,0]} from "A"
       %2 "b": float32 3x4x2 = ${reluOf('%1')} from "B"
       %3 "y": float32 2x3x4 = transpose(%2) {"permutation":[2,0,1]} from "Y"
       output "y" %3`,
    );
  });

  test('transpose-to-reshape', () => {
    const ones = 'input %0 "x": float32 1x3x1x4';
    expectRewrite(
      transposeToReshape,
      `${ones}
       %1 "y": float32 3x1x4x1 = transpose(%0) {"permutation":[1,0,3,2]} from "Y"
       output "y" %1`,
      `${ones}
%2 "y": float32 3x1x4x1 = reshape(%0) {"shape":[3,1,4,1]} from "Y"
output "y" %2`,
    );
    expectNoRewrite(
      transposeToReshape,
      `${ones}
       %1 "y": float32 1x4x1x3 = transpose(%0) {"permutation":[0,3,2,1]} from "Y"
       output "y" %1`,
    );
  });
});

import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { writeModel } from './draft.ts';

/** Operands of every rank from 0 to 5, of one size each: whatever does not fit is a problem, never a crash. */

const shapes = [[], [2], [2, 2], [2, 2, 2], [2, 2, 2, 2], [1, 1, 1, 1, 1]] as const;

const int = (name: string, i: number) => ({ name, type: 2, i });
const text = (name: string, s: string) => ({ name, type: 3, s: Buffer.from(s) });

const operators: readonly (readonly [op: string, inputs: number, attributes: readonly Record<string, unknown>[]])[] = [
  ['Attention', 4, [int('q_num_heads', 2), int('kv_num_heads', 2)]],
  ['com.microsoft:Attention', 3, [int('num_heads', 1)]],
  ['com.microsoft:MultiHeadAttention', 4, [int('num_heads', 2)]],
  ['com.microsoft:SkipLayerNormalization', 4, []],
  ['com.microsoft:EmbedLayerNormalization', 7, []],
  ['RotaryEmbedding', 3, [int('num_heads', 1)]],
  ['Einsum', 2, [text('equation', '...ab,...bc')]],
  ['MatMul', 2, []],
  ['Gemm', 3, []],
  ['com.microsoft:FusedMatMul', 2, [int('transBatchA', 1), int('transA', 1)]],
  ['Conv', 3, []],
  ['BatchNormalization', 5, []],
  ['LayerNormalization', 3, []],
  ['LRN', 1, [int('size', 3)]],
  ['MeanVarianceNormalization', 1, []],
  ['LpNormalization', 1, []],
  ['Det', 1, []],
  ['Erf', 1, []],
];

/** Whether the import ends well; fails the test where it throws anything but problems. */
function imports(op: string, picked: readonly (readonly number[])[], attributes: readonly Record<string, unknown>[]) {
  const [domain = '', name = ''] = op.includes(':') ? op.split(':') : ['', op];
  const inputs = Object.fromEntries(picked.map((shape, i) => [`x${i}`, shape]));
  const node = { op: name, domain, inputs: Object.keys(inputs), outputs: ['y'], attributes };
  try {
    importOnnx(writeModel({ inputs, outputs: ['y'], nodes: [node], opset: 23 }), 'm');
    return true;
  } catch (error) {
    expect(error, `${op} of ${picked.map((shape) => shape.join('x')).join(', ')}`).toBeInstanceOf(ProblemError);
    return false;
  }
}

describe('operands of odd shapes', () => {
  test.each(operators)('%s', (op, count, attributes) => {
    for (const first of shapes) {
      imports(op, new Array<readonly number[]>(count).fill(first), attributes);
      for (const rest of shapes) {
        imports(op, [first, ...new Array<readonly number[]>(count - 1).fill(rest)], attributes);
        imports(op, [...new Array<readonly number[]>(count - 1).fill(first), rest], attributes);
      }
    }
  });
});

import { expect } from 'vitest';
import type { TfliteModel } from '../../../../converter/frontends/tflite/format/model.ts';
import { readTfliteModel } from '../../../../converter/frontends/tflite/format/read.ts';
import { type Problem, ProblemError } from '../../../../converter/problem.ts';
import { writeTflite } from './write-tflite.ts';

/** A draft that a test may change before it is written. */
export type Changeable = { [field: string]: unknown };

/** The parts of {@link smallModel} by name. */
export interface SmallModel {
  readonly model: Changeable;
  readonly graph: Changeable;
  readonly tensors: Changeable[];
  readonly operators: Changeable[];
}

const int8 = (name: string, shape: readonly number[], buffer: number): Changeable => ({
  name,
  shape,
  type: 'INT8',
  buffer,
  quantization: { scale: [0.5], zero_point: [3] },
});

/**
 * Two operators, `x -> CONV_2D -> conv -> RELU -> y`, with per-channel weights `w` (4 of 1x1x2) and bias `b`. Tensors are
 * x 0, w 1, b 2, conv 3, y 4. Correct as it stands.
 */
export function smallModel(): SmallModel {
  const weights = int8('w', [4, 1, 1, 2], 1);
  weights.quantization = { scale: [0.1, 0.2, 0.3, 0.4], zero_point: [0, 0, 0, 0], quantized_dimension: 0 };
  const bias: Changeable = { name: 'b', shape: [4], type: 'INT32', buffer: 2 };
  bias.quantization = { scale: [0.05, 0.1, 0.15, 0.2], zero_point: [0, 0, 0, 0], quantized_dimension: 0 };
  const tensors = [
    int8('x', [1, 7, 9, 2], 0),
    weights,
    bias,
    int8('conv', [1, 7, 9, 4], 0),
    int8('y', [1, 7, 9, 4], 0),
  ];
  const convOptions = { padding: 'VALID', stride_w: 1, stride_h: 1, fused_activation_function: 'RELU6' };
  const operators: Changeable[] = [
    {
      opcode_index: 0,
      inputs: [0, 1, 2],
      outputs: [3],
      builtin_options: { type: 'Conv2DOptions', value: convOptions },
    },
    { opcode_index: 1, inputs: [3], outputs: [4] },
  ];
  const graph: Changeable = { tensors, inputs: [0], outputs: [4], operators, name: 'main' };
  const model: Changeable = {
    version: 3,
    description: 'made by a test',
    operator_codes: [{ deprecated_builtin_code: 3, version: 2 }, { deprecated_builtin_code: 19 }],
    subgraphs: [graph],
    buffers: [{}, { data: [1, 2, 3, 4, 5, 6, 7, 8] }, { data: new Array(16).fill(1) }],
  };
  return { model, graph, tensors, operators };
}

/** Reads the small model after `change`. */
export function readChanged(change: (parts: SmallModel) => void): TfliteModel {
  const parts = smallModel();
  change(parts);
  return readTfliteModel(writeTflite(parts.model));
}

/** The problems of reading the small model after `change`; the test fails when there are none. */
export function problemsAfter(change: (parts: SmallModel) => void): readonly Problem[] {
  return problemsOf(() => readChanged(change));
}

/** The problems that `run` ends with. */
export function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  return expect.fail('no problem was found');
}

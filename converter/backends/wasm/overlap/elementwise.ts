import { elementwiseDistance, limited, type Overlaps } from '../../../plan/overlap.ts';
import { shapesEqual } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';

/**
 * Inputs of the shape of the output, which are read vector by vector, each before the output's of the same elements; also row by
 * row where a row is read first and then written so.
 */
export function elementwiseOverlaps(inputs: readonly TensorType[], outputs: readonly TensorType[]): Overlaps {
  const [output] = outputs;
  return inputs.map((input) => {
    if (output === undefined || !shapesEqual(input.shape, output.shape)) return null;
    return limited(elementwiseDistance(input, output), outputs);
  });
}

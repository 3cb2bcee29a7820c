import { dimension, elementCount, formatShape } from '../tensor/shape.ts';
import { type TensorType, zeros } from '../tensor/tensor.ts';
import { accumulatorFor, type ProductAttributes, productViolations } from './convolution.ts';
import { at, type OpDefinition } from './definition.ts';

/** Product with constant or computed weights: input [...,K], weights [O,K], bias [O] -> [...,O]. dtypes as in conv-2d. */
export interface FullyConnectedAttributes extends ProductAttributes {}

function geometry(inputs: readonly TensorType[]) {
  const [input, weights] = [at(inputs, 0).shape, at(inputs, 1).shape];
  if (weights.length !== 2 || dimension(input, -1) !== weights[1]) {
    throw new RangeError(`weights ${formatShape(weights)} do not fit the last axis of input ${formatShape(input)}`);
  }
  const depth = dimension(weights, 1);
  return { input, depth, units: dimension(weights, 0), rows: elementCount(input) / depth };
}

/** float32, int8 or hybrid; a hybrid layer quantizes every row of the input on its own. */
export const fullyConnected: OpDefinition<FullyConnectedAttributes> = {
  inputNames: ['input', 'weights', 'bias'],
  variadic: false,
  channelRule: () => 'mixes',

  outputShapes(_, inputs) {
    const { input, units } = geometry(inputs);
    return [[...input.slice(0, -1), units]];
  },

  violations: (attributes, inputs, outputs) => productViolations(attributes, inputs, outputs, 0),

  evaluate(attributes, inputs, outputs, rounding) {
    const { rows, units, depth } = geometry(inputs.map((tensor) => tensor.type));
    const output = zeros(at(outputs, 0));
    const sums = accumulatorFor(inputs, output, attributes, rows, rounding);
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < units; unit++) {
        sums.product(row * depth, unit * depth, depth);
        sums.emit(row * units + unit, unit, row);
      }
    }
    return [output];
  },

  cost(_, inputs, outputs) {
    const elements = elementCount(at(outputs, 0).shape);
    return { macs: elements * geometry(inputs).depth, elements };
  },
};

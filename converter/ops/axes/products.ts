import { dimension } from '../../tensor/shape.ts';
import type { Conv2dAttributes } from '../conv-2d.ts';
import { at } from '../definition.ts';
import type { DepthwiseConv2dAttributes } from '../depthwise-conv-2d.ts';
import type { FullyConnectedAttributes } from '../fully-connected.ts';
import type { MatmulAttributes } from '../matmul.ts';
import {
  type AxisRelation,
  type AxisRule,
  allFixed,
  fixed,
  inputAxis,
  type Operand,
  type OperandAxis,
  outputAxis,
  type Run,
  tied,
} from './relation.ts';

const spatial = 'they are rows or columns of an image';
const computedWeights = 'the weights of the product are computed';
const hybrid = 'the product quantizes its input by the range of all channels at run time';

const run = (of: OperandAxis, from: number, step: number): Run => ({ of, from, step });

/** Rows and columns of the image and of the kernel. */
function spatialAxes(): AxisRelation[] {
  return [inputAxis(0, 1), inputAxis(0, 2), outputAxis(0, 1), outputAxis(0, 2), inputAxis(1, 1), inputAxis(1, 2)].map(
    (of) => fixed(of, spatial),
  );
}

/** Row o of the weights, element o of the bias and channel o of the output are one. */
function rows(kind: 'makes' | 'carries', weightsAxis: number, output: OperandAxis, count: number): AxisRelation[] {
  const weights = inputAxis(1, weightsAxis);
  return [{ kind, weights, output }, tied(weights, output, count), tied(inputAxis(2, 0), output, count)];
}

/** Whether weights and bias are constants; else no channel of the node can leave. */
const isConstant = (inputs: readonly Operand[]) => at(inputs, 1).constant && at(inputs, 2).constant;

/**
 * Grouped: channel k of every group leaves at once, of inputs as of outputs, so that the groups stay alike. Where a group has only one
 * input or one output channel, whole groups leave.
 */
function groupedRelations(groups: number, inputChannels: number, outputChannels: number): AxisRelation[] {
  const [input, output, columns] = [inputAxis(0, 3), outputAxis(0, 3), inputAxis(1, 3)];
  const [depth, width] = [inputChannels / groups, outputChannels / groups];
  const relations: AxisRelation[] = [];
  if (depth === 1 || width === 1) {
    const first = (axis: OperandAxis, size: number, k: number) => ({
      kind: 'tied' as const,
      ...{ a: run(axis, k, size), b: run(axis, 0, size), count: groups },
    });
    for (let k = 1; k < depth; k++) relations.push(first(input, depth, k));
    for (let k = 1; k < width; k++) relations.push(first(output, width, k));
    relations.push({ kind: 'tied', a: run(input, 0, depth), b: run(output, 0, width), count: groups });
    relations.push(fixed(columns, 'they are the columns of one group'));
    return relations;
  }
  for (let g = 0; g < groups; g++) {
    relations.push({ kind: 'tied', a: run(input, g * depth, 1), b: run(columns, 0, 1), count: depth });
    if (g > 0) relations.push({ kind: 'tied', a: run(output, g * width, 1), b: run(output, 0, 1), count: width });
  }
  return [...relations, { kind: 'sums', weights: columns, input }];
}

export const conv2dAxes: AxisRule<Conv2dAttributes> = {
  relations({ groups, hybrid: mode }, inputs, outputs) {
    if (!isConstant(inputs)) return allFixed(inputs, outputs, computedWeights);
    const channels = dimension(at(inputs, 0).type.shape, 3);
    const width = dimension(at(outputs, 0).type.shape, 3);
    const [input, columns] = [inputAxis(0, 3), inputAxis(1, 3)];
    const whole = groups > 1 && (channels === groups || width === groups);
    const relations = [
      tied(inputAxis(0, 0), outputAxis(0, 0), dimension(at(inputs, 0).type.shape, 0)),
      ...spatialAxes(),
      ...rows(whole ? 'carries' : 'makes', 0, outputAxis(0, 3), width),
    ];
    if (mode !== 'none') relations.push(fixed(input, hybrid));
    if (groups > 1) return [...relations, ...groupedRelations(groups, channels, width)];
    return [...relations, tied(input, columns, channels), { kind: 'sums', weights: columns, input }];
  },

  narrowed(attributes, kept) {
    const channels = kept(inputAxis(0, 3));
    const columns = kept(inputAxis(1, 3));
    // Whole groups left where the channels of the input did, but no column.
    if (attributes.groups === 1 || channels === null || columns !== null) return attributes;
    const remaining = channels.filter((stays) => stays).length;
    return { ...attributes, groups: (attributes.groups * remaining) / channels.length };
  },
};

export const depthwiseConv2dAxes: AxisRule<DepthwiseConv2dAttributes> = {
  relations({ hybrid: mode }, inputs, outputs) {
    if (!isConstant(inputs)) return allFixed(inputs, outputs, computedWeights);
    const channels = dimension(at(inputs, 0).type.shape, 3);
    const width = dimension(at(outputs, 0).type.shape, 3);
    const multiplier = width / channels;
    const relations = [
      tied(inputAxis(0, 0), outputAxis(0, 0), dimension(at(inputs, 0).type.shape, 0)),
      ...spatialAxes(),
      ...rows('carries', 3, outputAxis(0, 3), width),
    ];
    if (mode !== 'none') relations.push(fixed(inputAxis(0, 3), hybrid));
    for (let m = 0; m < multiplier; m++) {
      const [a, b] = [run(inputAxis(0, 3), 0, 1), run(outputAxis(0, 3), m, multiplier)];
      relations.push({ kind: 'tied', a, b, count: channels });
    }
    return relations;
  },
  narrowed: (attributes) => attributes,
};

export const fullyConnectedAxes: AxisRule<FullyConnectedAttributes> = {
  relations({ hybrid: mode }, inputs, outputs) {
    if (!isConstant(inputs)) return allFixed(inputs, outputs, computedWeights);
    const { shape } = at(inputs, 0).type;
    const last = shape.length - 1;
    const [input, columns] = [inputAxis(0, last), inputAxis(1, 1)];
    const relations = [
      ...shape.slice(0, -1).map((size, axis) => tied(inputAxis(0, axis), outputAxis(0, axis), size)),
      ...rows('makes', 0, outputAxis(0, last), dimension(at(outputs, 0).type.shape, last)),
      tied(input, columns, dimension(shape, last)),
      { kind: 'sums', weights: columns, input } as const,
    ];
    return mode === 'none' ? relations : [...relations, fixed(input, hybrid)];
  },
  narrowed: (attributes) => attributes,
};

/** Rows of a and columns of b go through; the axis between them stays, for the product would sum over fewer terms. */
export const matmulAxes: AxisRule<MatmulAttributes> = {
  relations({ transposeA, transposeB }, inputs, outputs) {
    const { shape } = at(outputs, 0).type;
    const rank = shape.length;
    const summed = 'a product of two computed matrices sums over them';
    return [0, 1].flatMap((index) => {
      const own = at(inputs, index).type.shape;
      const lead = rank - own.length;
      const transposed = index === 0 ? transposeA : transposeB;
      const [outer, inner] = [own.length - 2, own.length - 1];
      const [free, depth] = (index === 0) === transposed ? [inner, outer] : [outer, inner];
      const to = index === 0 ? rank - 2 : rank - 1;
      return own.flatMap((size, axis): AxisRelation[] => {
        if (axis === depth) return [fixed(inputAxis(index, axis), summed)];
        if (axis === free) return [tied(inputAxis(index, axis), outputAxis(0, to), size)];
        if (size !== shape[axis + lead]) return [];
        return [
          { kind: 'batch', of: inputAxis(index, axis) },
          tied(inputAxis(index, axis), outputAxis(0, axis + lead), size),
        ];
      });
    });
  },
  narrowed: (attributes) => attributes,
};

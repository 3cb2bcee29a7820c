import { GraphBuilder } from '../../converter/ir/builder.ts';
import type { Graph, ValueId } from '../../converter/ir/graph.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import type { Op } from '../../converter/ops/op.ts';
import { binary, constant, theVariable } from '../../converter/ops/scalar-expression.ts';
import { allocate } from '../../converter/tensor/dtype.ts';
import { notQuantized, perTensor } from '../../converter/tensor/quantization.ts';
import { elementCount, type Shape, shapesEqual } from '../../converter/tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../converter/tensor/tensor.ts';
import { randomFrom } from '../support/mutate.ts';

/** Kinds of nodes, some of them likelier. */
const kinds = ['relu', 'relu', 'add', 'slice', 'slice', 'slice', 'concat', 'concat', 'concat', 'reshape'] as const;

/**
 * A random graph of slices, concats and reshapes with a little arithmetic between them, the same for the same seed: of inputs,
 * constants and states, of each other, several times over, in rows of `width` elements.
 */
export function randomViews(seed: number, dtype: 'int8' | 'float32', width: number, nodes: number): Graph {
  const random = randomFrom(seed);
  const pick = (below: number) => Math.floor(random() * below);
  const choose = <T>(list: readonly T[]): T => {
    const item = list[pick(list.length)];
    if (item === undefined) throw new RangeError('nothing to choose from');
    return item;
  };
  const builder = new GraphBuilder();
  const typed = (shape: Shape) =>
    tensorType(dtype, shape, dtype === 'int8' ? perTensor(0.5, 3) : notQuantized) satisfies TensorType;
  const noise = (type: TensorType) => randomTensor(type, random);
  const values: ValueId[] = [
    builder.input('x0', typed([1, 1 + pick(4), 1, width])),
    builder.input('x1', typed([1, 1 + pick(4), 1, width])),
    builder.constant('c', noise(typed([1, 1 + pick(2), 1, width]))),
  ];
  const states = Array.from({ length: pick(3) }, (_, i) => {
    const type = typed([1, 1 + pick(3), 1, width]);
    return builder.state(`s${i}`, type, pick(2) === 0 ? null : noise(type).data);
  });
  values.push(...states);
  const shapeOf = (id: ValueId) => builder.typeOf(id).shape;
  const recent = () =>
    pick(3) > 0 ? (values.at(-1 - pick(Math.min(3, values.length))) ?? choose(values)) : choose(values);
  for (let n = 0; n < nodes; n++) {
    const add = (op: Op, inputs: readonly ValueId[], shape: Shape) => {
      if (elementCount(shape) > 400) return;
      values.push(builder.node(`${op.type} #${n}`, op, inputs, typed(shape), `v${n}`));
    };
    const x = recent();
    const shape = shapeOf(x);
    const [, rows = 1] = shape;
    switch (choose(kinds)) {
      case 'relu':
        add({ type: 'map', attributes: { expression: binary('max', theVariable, constant(0)) } }, [x], shape);
        break;
      case 'add': {
        const same = values.filter((id) => shapesEqual(shapeOf(id), shape));
        add({ type: 'zip', attributes: { fn: 'add', clamp: noClamp } }, [x, choose(same)], shape);
        break;
      }
      case 'slice': {
        const from = pick(rows);
        const count = 1 + pick(rows - from);
        const cut = pick(4) === 0 ? 1 : 0;
        const stride = pick(5) === 0 && from + 2 * (count - 1) < rows ? 2 : 1;
        const size = [1, count, 1, (shape[3] ?? 1) > 1 ? (shape[3] ?? 1) - cut : 1];
        add({ type: 'slice', attributes: { begin: [0, from, 0, 0], size, strides: [1, stride, 1, 1] } }, [x], size);
        break;
      }
      case 'concat': {
        const axis = pick(6) === 0 ? 3 : 1;
        const fits = values.filter((id) => shapeOf(id).every((size, i) => i === axis || size === shape[i]));
        const inputs = [x, ...Array.from({ length: pick(4) }, () => choose(fits))];
        const joined = inputs.reduce((sum, id) => sum + (shapeOf(id)[axis] ?? 0), 0);
        add(
          { type: 'concat', attributes: { axis } },
          inputs,
          shape.map((size, i) => (i === axis ? joined : size)),
        );
        break;
      }
      case 'reshape': {
        const to = choose([1, rows, elementCount(shape) / width]);
        const whole = [1, to, 1, elementCount(shape) / to];
        if (whole.every(Number.isInteger)) add({ type: 'reshape', attributes: { shape: whole } }, [x], whole);
        break;
      }
      default:
        break;
    }
  }
  for (const state of states) {
    const fitting = values.filter((id) => shapesEqual(shapeOf(id), shapeOf(state)));
    builder.assign(state, fitting.at(-1 - pick(Math.min(3, fitting.length))) ?? state);
  }
  const outputs = [values.at(-1) ?? choose(values), ...Array.from({ length: pick(4) }, () => choose(values))];
  outputs.forEach((id, i) => {
    builder.output(`y${i}`, id);
  });
  return builder.build('views', 'a test', 'exact');
}

/** Random elements: small whole numbers, which float32 adds without rounding. */
export function randomTensor(type: TensorType, random: () => number): Tensor {
  const data = allocate(type.dtype, elementCount(type.shape));
  for (let i = 0; i < data.length; i++) {
    if (!(data instanceof BigInt64Array)) data[i] = Math.floor(random() * 256) - 128;
  }
  return { type, data };
}

import type { Node } from '../../../ir/graph.ts';
import { int, text } from '../encode.ts';
import type { Ref } from '../file-writer.ts';
import type { OperatorWriter } from '../operator-writer.ts';

/** Gather along one axis; GatherND of several, which it wants in front. */
export function gather(writer: OperatorWriter, { attributes }: Node<'gather'>['op']): void {
  const { axis, count } = attributes;
  const type = writer.realType();
  const data = writer.input(0);
  const indices = placesWithin(writer, axis, count);
  const { shape } = writer.typeOf(indices);
  if (count === 1) {
    const flat = writer.reshape(indices, shape.slice(0, -1));
    writer.result(writer.operator('Gather', [data, flat], type, { axis: int(axis) }));
    return;
  }
  const rank = writer.inputType(0).shape.length;
  const front = writer.transpose(data, toFront(rank, axis, count));
  const picked = shape.length - 1;
  const [leading, places, rest] = [
    type.shape.slice(0, axis),
    type.shape.slice(axis, axis + picked),
    type.shape.slice(axis + picked),
  ];
  const inFront = { dtype: type.dtype, shape: [...places, ...leading, ...rest] };
  const gathered = writer.operator('GatherND', [front, indices], inFront);
  // The places go behind the axes that stand before them in the graph.
  writer.result(writer.transpose(gathered, toFront(type.shape.length, picked, axis)));
}

/** `count` axes from `axis` on in front of the others. */
function toFront(rank: number, axis: number, count: number): number[] {
  const moved = Array.from({ length: count }, (_, i) => axis + i);
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => !moved.includes(i));
  return [...moved, ...others];
}

/** The indices as int64, each on its axis: the graph takes the nearest place for those outside, ONNX counts from the end or fails. */
function placesWithin(writer: OperatorWriter, axis: number, count: number): Ref {
  const { shape } = writer.inputType(0);
  const sizes = shape.slice(axis, axis + count);
  const constant = writer.constantInput(1);
  if (constant !== null) {
    const { shape: own } = constant.type;
    const places = Array.from(constant.data, (value: number | bigint, i: number) =>
      Math.min(Math.max(Number(value), 0), (sizes[i % count] ?? 1) - 1),
    );
    return writer.reshape(writer.integers('indices', places), own);
  }
  const indices = writer.cast(writer.input(1), 'int64');
  const type = writer.typeOf(indices);
  const last = writer.integers(
    'last',
    sizes.map((size) => size - 1),
  );
  const raised = writer.operator('Max', [indices, writer.number('first', 'int64', 0)], type);
  return writer.operator('Min', [raised, last], type);
}

/** ScatterND wants the axes in front; places outside of an axis, which the graph leaves out, it does not know. */
export function scatter(writer: OperatorWriter, { attributes }: Node<'scatter'>['op']): void {
  const { axis, count, reduction } = attributes;
  const indices = writer.constantInput(1);
  const { shape } = writer.inputType(0);
  const isInside = (value: number | bigint, i: number) =>
    Number(value) >= 0 && Number(value) < (shape[axis + (i % count)] ?? 0);
  if (indices === null) {
    writer.refuse('its places are computed, and ONNX does not leave out those beyond the end', 'make them constant');
  }
  if (!Array.from<number | bigint>(indices.data).every(isInside)) {
    writer.refuse('some of its places lie outside of the data, which ONNX does not know');
  }
  const picked = indices.type.shape.length - 1;
  const order = toFront(shape.length, axis, count);
  const updates = writer.transpose(writer.input(2), toFront(writer.inputType(2).shape.length, axis, picked));
  const data = writer.transpose(writer.input(0), order);
  const places = writer.cast(writer.input(1), 'int64');
  const options = reduction === 'none' ? {} : { reduction: text(reduction) };
  const result = writer.operator('ScatterND', [data, places, updates], writer.typeOf(data), options);
  const back = order.map((_, i) => order.indexOf(i));
  writer.result(writer.transpose(result, back));
}

import type { DType } from '../../tensor/dtype.ts';
import { tensorType } from '../../tensor/tensor.ts';
import type { GraphWriter, Operand } from '../graph-writer.ts';
import { closedShape, dimensionLimit } from '../input-shape.ts';
import type { JsonView } from '../json-view.ts';
import type { ImportOptions } from '../options.ts';
import type { KerasLayer } from './layer.ts';
import { kerasProblem } from './problems.ts';

/** Adds the model's input that `layer` stands for: an InputLayer, or the first layer of a sequential model. */
export function addInput(
  writer: GraphWriter,
  layer: KerasLayer,
  shape: JsonView | null,
  options: ImportOptions,
): Operand {
  const { name, place } = layer;
  const dtype = inputDtype(layer);
  const fixed = options.constants.get(name);
  if (fixed !== undefined && fixed.type.dtype === dtype) return writer.constant(name, fixed);
  const closed = closedShape(name, shape === null ? null : dimensions(shape), options, 'keras');
  if (closed.length === 0 || closed.length > 8) {
    throw kerasProblem('keras-input', place, `an input of ${closed.length} dimensions`, 'use 1 to 8 of them');
  }
  return writer.input(name, tensorType(dtype, closed));
}

/** The shape that a layer states, with the batch in front; null where it states none. */
export function statedShape({ config }: KerasLayer): JsonView | null {
  for (const key of ['batch_input_shape', 'batch_shape']) {
    const shape = config.get(key);
    if (!shape.isNull) return shape;
  }
  return null;
}

function dimensions(shape: JsonView): (number | null)[] {
  return shape.list().map((size) => (size.isNull ? null : size.whole(1, dimensionLimit)));
}

/** Input dtypes that layers take: real numbers, and indices of an Embedding. */
function inputDtype({ className, config, place }: KerasLayer): DType {
  const stated = dtypeName(config.get('dtype'));
  // The dtype of another layer than InputLayer is that of its weights.
  if (className !== 'InputLayer' || stated === null || stated === 'float32') return 'float32';
  if (stated === 'int32') return 'int32';
  throw kerasProblem('keras-dtype', place, `an input of ${stated}`, 'use float32 (int32 for indices)');
}

/** The dtype that a layer computes with; null where it is the default one. */
export function dtypeName(view: JsonView): string | null {
  if (view.isNull) return null;
  const name = typeof view.value === 'string' ? view : view.get('config').get('name');
  return name.isNull ? null : name.text();
}

import { quantizationsEqual } from '../../../tensor/quantization.ts';
import { elementCount, type Shape } from '../../../tensor/shape.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';

function outputView(context: OperatorContext, shape: Shape): void {
  const input = context.input(0);
  const declared = context.type(input);
  const wanted = elementCount(shape);
  if (wanted !== elementCount(declared.shape)) {
    throw context.invalid(`${elementCount(declared.shape)} elements cannot take the shape ${shape.join('x')}`);
  }
  const { name } = context.outputTensor(0);
  const given = context.outputType(0);
  if (given.dtype === declared.dtype && !quantizationsEqual(given.quantization, declared.quantization)) {
    throw context.unsupported(
      `"${name}" has another scale or zero point than the tensor that it views`,
      'quantize the model again; a reshape keeps its stored values',
    );
  }
  const type = tensorType(declared.dtype, shape, declared.quantization);
  context.bind(0, context.node({ type: 'reshape', attributes: { shape } }, [input], type, name));
}

/** RESHAPE: the new shape is a constant input or an option; one dimension may be -1. */
export const reshape: TranslateOperator = (context) => {
  const wanted =
    context.inputCount > 1 && context.optionalInput(1) !== null
      ? context.integers(1, 'the new shape')
      : context.options('ReshapeOptions').new_shape;
  const total = elementCount(context.type(context.input(0)).shape);
  const known = wanted.filter((size) => size >= 0).reduce((product, size) => product * size, 1);
  const open = wanted.filter((size) => size < 0).length;
  if (open > 1 || (open === 1 && (known === 0 || total % known !== 0))) {
    throw context.invalid(`${total} elements cannot take the shape [${wanted.join(', ')}]`);
  }
  outputView(
    context,
    wanted.map((size) => (size < 0 ? total / known : size)),
  );
};

export const squeeze: TranslateOperator = (context) => {
  const { shape } = context.type(context.input(0));
  const listed = context.options('SqueezeOptions').squeeze_dims.map((axis) => (axis < 0 ? axis + shape.length : axis));
  const dropped = listed.length > 0 ? listed : shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  const wrong = dropped.filter((axis) => shape[axis] !== 1);
  if (wrong.length > 0) throw context.invalid(`axis ${wrong.join(', ')} of ${shape.join('x')} is not of size 1`);
  outputView(
    context,
    shape.filter((_, axis) => !dropped.includes(axis)),
  );
};

export const expandDims: TranslateOperator = (context) => {
  const { shape } = context.type(context.input(0));
  const [axis = 0] = context.integers(1, 'the axis');
  const position = axis < 0 ? axis + shape.length + 1 : axis;
  if (position < 0 || position > shape.length)
    throw context.invalid(`axis ${axis} does not exist in ${shape.join('x')}`);
  outputView(context, shape.toSpliced(position, 0, 1));
};

/** SHAPE: all shapes are known at conversion, so it is a constant, of int32 or int64. */
export const shape: TranslateOperator = (context) => {
  const sizes = context.type(context.input(0)).shape;
  const dtype = context.outputType(0).dtype === 'int64' ? 'int64' : 'int32';
  const data = dtype === 'int64' ? BigInt64Array.from(sizes, BigInt) : Int32Array.from(sizes);
  context.bind(
    0,
    context.builder.constant(context.outputTensor(0).name, { type: tensorType(dtype, [sizes.length]), data }),
  );
};

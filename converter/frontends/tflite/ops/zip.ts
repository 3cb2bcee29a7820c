import { type Clamp, noClamp } from '../../../ops/definition.ts';
import { binary, constant, theVariable, unary } from '../../../ops/scalar-expression.ts';
import type { ZipFunction } from '../../../ops/zip.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { fusedClamp } from './activation.ts';
import { allInputs } from './axis.ts';
import { shortPower } from './composed.ts';

/**
 * 8 and 16 bits without a scale have no arithmetic in TFLite, but for the larger and smaller one and bits.
 */
export function requireScales(context: OperatorContext): void {
  const { dtype, quantization } = context.type(context.input(0));
  if (dtypeBytes[dtype] > 2 || dtype === 'float16' || quantization.kind !== 'none') return;
  throw context.invalid(`${dtype} tensors need one scale and zero point`);
}

function zip(context: OperatorContext, fn: ZipFunction, clamp: Clamp): void {
  if (!['max', 'min', 'xor', 'shift-right'].includes(fn)) requireScales(context);
  context.output(0, { type: 'zip', attributes: { fn, clamp } }, [context.input(0), context.input(1)]);
}

export const add: TranslateOperator = (context) => {
  zip(context, 'add', fusedClamp(context, context.options('AddOptions').fused_activation_function));
};
export const sub: TranslateOperator = (context) => {
  zip(context, 'sub', fusedClamp(context, context.options('SubOptions').fused_activation_function));
};
export const mul: TranslateOperator = (context) => {
  zip(context, 'mul', fusedClamp(context, context.options('MulOptions').fused_activation_function));
};
export const div: TranslateOperator = (context) => {
  zip(context, 'div', fusedClamp(context, context.options('DivOptions').fused_activation_function));
};
export const floorDiv: TranslateOperator = (context) => zip(context, 'floor-div', noClamp);
export const floorMod: TranslateOperator = (context) => zip(context, 'floor-mod', noClamp);
export const atan2: TranslateOperator = (context) => {
  requireDtype(context, 'float32');
  zip(context, 'atan2', noClamp);
};

/** POW: short forms for some constant exponents, else the power of two tensors of one dtype. */
export const pow: TranslateOperator = (context) => {
  requireDtype(context, 'float32', 'int32');
  if (!shortPower(context)) zip(context, 'pow', noClamp);
};

/** BITWISE_XOR of whole numbers. */
export const bitwiseXor: TranslateOperator = (context) => {
  requireDtype(context, 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32');
  zip(context, 'xor', noClamp);
};

/** RIGHT_SHIFT: arithmetic where there is a sign. */
export const rightShift: TranslateOperator = (context) => {
  requireDtype(context, 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32');
  zip(context, 'shift-right', noClamp);
};

export const maximum: TranslateOperator = (context) => zip(context, 'max', noClamp);
export const minimum: TranslateOperator = (context) => zip(context, 'min', noClamp);

function requireDtype(context: OperatorContext, ...allowed: readonly string[]): void {
  const { dtype } = context.type(context.input(0));
  if (allowed.includes(dtype)) return;
  throw context.unsupported(
    `the dtype ${dtype} is not supported here`,
    `use ${allowed.join(' or ')} for this operator`,
  );
}

/** SQUARED_DIFFERENCE: (a - b)^2. */
export const squaredDifference: TranslateOperator = (context) => {
  requireDtype(context, 'float32', 'int32');
  const op = { type: 'zip', attributes: { fn: 'sub', clamp: noClamp } } as const;
  const name = `${context.outputTensor(0).name}/difference`;
  const difference = context.node(op, [context.input(0), context.input(1)], context.outputType(0), name);
  context.output(0, { type: 'map', attributes: { expression: unary('square', theVariable) } }, [difference]);
};

/** ADD_N: the sum of its inputs, from the first to the last. */
export const addN: TranslateOperator = (context) => {
  requireDtype(context, 'float32', 'int32');
  const op = { type: 'zip', attributes: { fn: 'add', clamp: noClamp } } as const;
  const [first, ...others] = allInputs(context);
  if (first === undefined) throw context.invalid('it has no input');
  const { name } = context.outputTensor(0);
  const sum = others.reduce((total, id) => context.node(op, [total, id], context.type(first), name), first);
  context.output(0, { type: 'reshape', attributes: { shape: context.type(sum).shape } }, [sum]);
};

/** PRELU: max(x, 0) + alpha * min(x, 0), with alpha repeated as NumPy does. */
export const prelu: TranslateOperator = (context) => {
  requireDtype(context, 'float32');
  const [input, alpha] = [context.input(0), context.input(1)];
  const like = context.outputType(0);
  const { name } = context.outputTensor(0);
  const part = (fn: 'max' | 'min') => {
    const expression = binary(fn, theVariable, constant(0));
    return context.node({ type: 'map', attributes: { expression } }, [input], like, `${name}/${fn}`);
  };
  const [above, below] = [part('max'), part('min')];
  const mul = { type: 'zip', attributes: { fn: 'mul', clamp: noClamp } } as const;
  const scaled = context.node(mul, [below, alpha], like, `${name}/scaled`);
  context.output(0, { type: 'zip', attributes: { fn: 'add', clamp: noClamp } }, [above, scaled]);
};

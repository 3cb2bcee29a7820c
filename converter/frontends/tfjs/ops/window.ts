import { noPadding, type Padding } from '../../../ops/window.ts';
import type { Operand } from '../../graph-writer.ts';
import {
  batchNormalization,
  convolution,
  dense,
  depthwiseConvolution,
  type PaddingMode,
  type Pair,
  pooling,
  type WindowAttributes,
} from '../../nhwc-layers.ts';
import type { NodeContext, TranslateNode } from '../context.ts';
import { applyFused } from './elementwise.ts';

/** Height and width out of a list for N, H, W, C. */
function pair(context: NodeContext, name: string): Pair {
  const values = context.ints(name);
  if (values.length === 0) return [1, 1];
  if (values.length !== 4 || values[0] !== 1 || values[3] !== 1)
    throw context.unsupported(`${name} ${values.join(',')}`, 'use 1 for batch and channels');
  return [values[1] ?? 1, values[2] ?? 1];
}

function padding(context: NodeContext): PaddingMode {
  const explicit = context.ints('explicit_paddings');
  const mode = context.text('padding', 'VALID');
  if (mode === 'SAME') return 'same';
  if (mode === 'VALID') return 'valid';
  if (mode !== 'EXPLICIT' || explicit.length !== 8) throw context.invalid(`its padding is ${mode}`);
  const [, , top = 0, bottom = 0, left = 0, right = 0] = explicit;
  const pixels: Padding = { ...noPadding, top, bottom, left, right };
  return pixels;
}

function nhwcOnly(context: NodeContext): void {
  const format = context.text('data_format', 'NHWC');
  if (format !== 'NHWC') throw context.unsupported(`data_format ${format}`, 'use NHWC');
}

function window(context: NodeContext): WindowAttributes {
  nhwcOnly(context);
  return { strides: pair(context, 'strides'), dilations: pair(context, 'dilations'), padding: padding(context) };
}

function groupsOf(input: Operand, kernel: Operand): number {
  const [channels = 1, each = 1] = [input.type.shape[3], kernel.type.shape[2]];
  return channels % each === 0 ? channels / each : 1;
}

const conv: TranslateNode = (context) => {
  const [input, kernel] = [context.input(0), context.input(1)];
  return convolution(context, input, kernel, null, window(context), groupsOf(input, kernel));
};

const depthwise: TranslateNode = (context) =>
  depthwiseConvolution(context, context.input(0), context.input(1), null, window(context));

/** A product with the bias and activation behind it that `fused_ops` names. */
function fused(product: (context: NodeContext, bias: Operand | null) => Operand): TranslateNode {
  return (context) => {
    const functions = context.texts('fused_ops');
    const hasBias = functions[0] === 'BiasAdd';
    const rest = hasBias ? functions.slice(1) : functions;
    if (rest.length > 1 || rest[0] === 'FusedBatchNorm') {
      throw context.unsupported(
        `fused_ops ${functions.join(', ')}`,
        'convert the model again with batch normalization folded',
      );
    }
    context.ignore('epsilon');
    const bias = hasBias ? context.input(2) : null;
    return applyFused(context, product(context, bias), rest[0] ?? null);
  };
}

const fusedConv = fused((context, bias) => {
  const [input, kernel] = [context.input(0), context.input(1)];
  return convolution(context, input, kernel, bias, window(context), groupsOf(input, kernel));
});

const fusedDepthwise = fused((context, bias) =>
  depthwiseConvolution(context, context.input(0), context.input(1), bias, window(context)),
);

function product(context: NodeContext, bias: Operand | null): Operand {
  const [a, b] = [context.input(0), context.input(1)];
  if (a.type.shape.length !== 2 || b.type.shape.length !== 2)
    throw context.unsupported('operands of other than 2 dimensions', 'split the product');
  const rows = context.flag('transpose_a') ? context.transpose(a, [1, 0]) : a;
  const columns = context.flag('transpose_b') ? context.transpose(b, [1, 0]) : b;
  return dense(context, rows, columns, bias);
}

function pool(kind: 'average' | 'max'): TranslateNode {
  return (context) => {
    nhwcOnly(context);
    const kernel = pair(context, 'ksize');
    return pooling(context, kind, context.input(0), kernel, {
      strides: pair(context, 'strides'),
      padding: padding(context),
    });
  };
}

/** Output 0 alone; the statistics are for training. */
const fusedBatchNorm: TranslateNode = (context) => {
  nhwcOnly(context);
  const [input, gamma, beta, mean, variance] = [
    context.input(0),
    context.constant(1, 'scale'),
    context.constant(2, 'offset'),
    context.constant(3, 'mean'),
    context.constant(4, 'variance'),
  ];
  if (context.flag('is_training')) throw context.unsupported('is_training', 'convert the model for inference');
  return batchNormalization(
    context,
    input,
    { gamma, beta, mean, variance },
    context.float('epsilon', 1e-4),
    input.type.shape.length - 1,
  );
};

export const windows: readonly (readonly [string, TranslateNode])[] = [
  ['Conv2D', conv],
  ['DepthwiseConv2dNative', depthwise],
  ['DepthwiseConv2d', depthwise],
  ['FusedConv2D', fusedConv],
  ['_FusedConv2D', fusedConv],
  ['FusedDepthwiseConv2dNative', fusedDepthwise],
  ['_FusedDepthwiseConv2dNative', fusedDepthwise],
  ['MatMul', (context) => product(context, null)],
  ['_FusedMatMul', fused(product)],
  ['MaxPool', pool('max')],
  ['AvgPool', pool('average')],
  ['FusedBatchNorm', fusedBatchNorm],
  ['FusedBatchNormV2', fusedBatchNorm],
  ['FusedBatchNormV3', fusedBatchNorm],
];

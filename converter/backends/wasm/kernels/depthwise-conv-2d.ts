import { at } from '../../../ops/definition.ts';
import type { Op } from '../../../ops/op.ts';
import { integerClamp } from '../../../ops/quantized.ts';
import { nhwc, windowOutput } from '../../../ops/window.ts';
import { disjoint } from '../../../plan/overlap.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { arithmeticOf } from '../../kernel.ts';
import { roundUp } from '../constant-pool.ts';
import { addressPlus, type StepEmitter, type WasmKernel } from '../kernel.ts';
import { inputOf, outputOf, productProblem, typeAt, zeroPointOf } from '../operand.ts';
import { depthwiseOverlaps, layerOverlaps } from '../overlap/window.ts';
import { byteDepthwiseScratch } from '../packing/byte-depthwise.ts';
import { bandOf, type DepthwiseShape, depthwiseScratch, tapOrder } from '../packing/depthwise.ts';
import { type FloatDepthwiseShape, fitsBlocks } from '../packing/float-depthwise.ts';
import { type PanelWeights, packPanels } from '../packing/panels.ts';
import { chunksOf, patchGeometry } from '../packing/patches.ts';
import {
  floatBias,
  integerBias,
  layerRequantization,
  orderedWeights,
  weightElement,
  weightScales,
} from '../packing/sums.ts';
import { floatRowsDepthwise, hybridDepthwise, integerDepthwise } from '../routines/depthwise.ts';
import { floatDepthwise } from '../routines/float-depthwise.ts';
import { boundsOf } from '../routines/float-lanes.ts';
import { quantizeBatch } from '../routines/quantize-batch.ts';
import { byteDepthwiseShape, emitByteDepthwise } from './byte-depthwise-step.ts';
import { type ConvolutionLayer, convolutionLayerScratch, emitConvolutionLayer } from './convolution-step.ts';
import { emitInt16Layer } from './int16-step.ts';

/** A layer with one input channel is an ordinary convolution, which is faster: its outputs share their patches. */
export function convolutionOf(
  { attributes }: Op<'depthwise-conv-2d'>,
  inputs: readonly TensorType[],
): ConvolutionLayer | null {
  const input = nhwc(typeAt(inputs, 0).shape);
  const kernel = nhwc(typeAt(inputs, 1).shape);
  if (input.channels !== 1) return null;
  const geometry = patchGeometry(attributes, input, kernel);
  const { clamp, hybrid } = attributes;
  const outputs = kernel.channels;
  const weightIndex = (channel: number, i: number) => i * outputs + channel;
  return { geometry, chunks: chunksOf(geometry, 1), groups: 1, outputs, clamp, hybrid, weightIndex };
}

function shapeOf({ attributes }: Op<'depthwise-conv-2d'>, inputs: readonly TensorType[]): DepthwiseShape {
  const input = nhwc(typeAt(inputs, 0).shape);
  const kernel = nhwc(typeAt(inputs, 1).shape);
  const { strides, dilations, padding } = attributes;
  const multiplier = kernel.channels / input.channels;
  const { channels } = kernel;
  const geometry = patchGeometry(attributes, input, kernel);
  const copies = geometry.padded !== null || multiplier > 1;
  const width = (geometry.outputWidth - 1) * strides[1] + (kernel.width - 1) * dilations[1] + 1;
  const columns = Math.max(0, Math.min(input.width, width - padding.left));
  const inputRowElements = input.width * input.channels;
  return {
    images: input.batch,
    channels,
    outputHeight: geometry.outputHeight,
    outputWidth: geometry.outputWidth,
    inputHeight: input.height,
    inputRowElements,
    kernelRows: kernel.height,
    kernelColumns: kernel.width,
    kernelRowStep: dilations[0] * (copies ? width * channels : inputRowElements),
    kernelColumnStep: dilations[1] * channels,
    pixelStep: strides[1] * channels,
    strideRows: strides[0],
    copy: copies
      ? {
          ...bandOf(geometry.outputHeight, (kernel.height - 1) * dilations[0] + 1, strides[0]),
          rowElements: width * channels,
          top: padding.top,
          dilationRows: dilations[0],
          start: padding.left * channels,
          elements: columns * input.channels,
          multiplier,
        }
      : null,
  };
}

/** Scale and zero point of each image, then the quantized images. */
function hybridBytes(input: TensorType): { readonly batches: number; readonly total: number } {
  const { batch, height, width, channels } = nhwc(input.shape);
  const batches = roundUp(8 * batch, 16);
  return { batches, total: batches + roundUp(batch * height * width * channels + 16, 16) };
}

function tapWeights(emitter: StepEmitter<'depthwise-conv-2d'>, shape: DepthwiseShape, isFloat: boolean): PanelWeights {
  const order = tapOrder(shape.kernelRows, shape.kernelColumns, isFloat);
  return orderedWeights(emitter.step, {
    channels: shape.channels,
    depth: order.length,
    index(channel, k) {
      const tap = order[k];
      return tap === null || tap === undefined ? null : tap * shape.channels + channel;
    },
  });
}

function emitInteger(emitter: StepEmitter<'depthwise-conv-2d'>, shape: DepthwiseShape): void {
  const { step, rounding } = emitter;
  const weights = tapWeights(emitter, shape, false);
  const { type } = outputOf(step);
  const range = { zero: zeroPointOf(type), ...integerClamp(step.op.attributes.clamp, type) };
  const { form, shift, vectors } = layerRequantization(step, weights, rounding, range);
  const inputZero = zeroPointOf(inputOf(step, 0).type);
  const bias = integerBias(step).map((value, channel) => {
    let sum = 0;
    for (let k = 0; k < weights.depth; k++) sum += weights.at(channel, k);
    return value - inputZero * sum;
  });
  const element = weightElement(step);
  emitter.call(
    integerDepthwise,
    { shape, product: { element, form } },
    {
      input: emitter.input(0),
      weights: emitter.constant(packPanels(weights, [bias, ...vectors], 'pairs', element)),
      output: emitter.output,
      scratch: shape.copy === null ? 0 : emitter.scratch,
      inputZero,
      ...range,
      shift,
    },
  );
}

/** The layer as blocks of pixels, which float32 takes where it can. */
export function blockShapeOf(
  { attributes }: Op<'depthwise-conv-2d'>,
  inputs: readonly TensorType[],
): FloatDepthwiseShape | null {
  const input = nhwc(typeAt(inputs, 0).shape);
  const kernel = nhwc(typeAt(inputs, 1).shape);
  const [outputHeight, outputWidth] = windowOutput(attributes, input, kernel);
  const { strides, dilations, padding } = attributes;
  const window = { strides, dilations, padding };
  const shape = { window, input, kernel: { height: kernel.height, width: kernel.width }, outputHeight, outputWidth };
  const isFloat = arithmeticOf(inputs) === 'float32';
  return isFloat && kernel.channels === input.channels && fitsBlocks(shape) ? shape : null;
}

function emitFloat(emitter: StepEmitter<'depthwise-conv-2d'>, shape: DepthwiseShape): void {
  const { step } = emitter;
  const { clamp } = step.op.attributes;
  const { min, max } = clamp;
  const weights = packPanels(tapWeights(emitter, shape, true), [floatBias(step)], 'single', 'float32');
  const blocks = blockShapeOf(
    step.op,
    step.inputs.map(({ type }) => type),
  );
  if (blocks !== null) {
    const places = { input: emitter.input(0), weights: emitter.constant(weights), output: emitter.output };
    emitter.call(floatDepthwise, { shape: blocks, bounds: boundsOf(clamp) }, { ...places, min, max });
    return;
  }
  emitter.call(
    floatRowsDepthwise,
    { shape },
    {
      input: emitter.input(0),
      weights: emitter.constant(weights),
      output: emitter.output,
      scratch: shape.copy === null ? 0 : emitter.scratch,
      min,
      max,
    },
  );
}

function emitHybrid(emitter: StepEmitter<'depthwise-conv-2d'>, shape: DepthwiseShape): void {
  const { step, scratch } = emitter;
  const { clamp, hybrid } = step.op.attributes;
  const sizes = hybridBytes(inputOf(step, 0).type);
  const quantized = addressPlus(scratch, sizes.batches);
  const count = shape.inputHeight * shape.inputRowElements;
  const mode = hybrid === 'symmetric' ? 'symmetric' : 'asymmetric';
  for (let image = 0; image < shape.images; image++) {
    emitter.call(
      quantizeBatch,
      { mode },
      {
        source: addressPlus(emitter.input(0), 4 * image * count),
        target: addressPlus(quantized, image * count),
        count,
        batch: addressPlus(scratch, 8 * image),
      },
    );
  }
  const element = weightElement(step);
  const headers = [floatBias(step), weightScales(step, shape.channels)];
  emitter.call(
    hybridDepthwise,
    { shape, element },
    {
      input: quantized,
      weights: emitter.constant(packPanels(tapWeights(emitter, shape, false), headers, 'pairs', element)),
      output: emitter.output,
      scratch: addressPlus(scratch, sizes.total),
      batches: scratch,
      min: clamp.min,
      max: clamp.max,
    },
  );
}

/** Eight channels at a time, over rows that are copied and padded only where the window needs it. */
export const depthwiseConv2d: WasmKernel<'depthwise-conv-2d'> = {
  problem: productProblem,

  scratchBytes(op, inputs) {
    if (arithmeticOf(inputs) === 'int16') return 0;
    const layer = convolutionOf(op, inputs);
    if (layer !== null) return convolutionLayerScratch(layer, inputs);
    if (blockShapeOf(op, inputs) !== null) return 0;
    const shape = shapeOf(op, inputs);
    const arithmetic = arithmeticOf(inputs);
    const bytes = byteDepthwiseShape(op, inputs);
    const rows = Math.max(
      depthwiseScratch(shape, arithmetic === 'float32' ? 4 : 1),
      bytes === null ? 0 : byteDepthwiseScratch(bytes),
    );
    return arithmetic === 'hybrid' ? hybridBytes(at(inputs, 0)).total + rows : rows;
  },

  overlaps(op, inputs, outputs) {
    if (arithmeticOf(inputs) === 'int16') return disjoint(inputs);
    const layer = convolutionOf(op, inputs);
    if (layer === null && blockShapeOf(op, inputs) !== null) return disjoint(inputs);
    return layer === null
      ? depthwiseOverlaps(shapeOf(op, inputs), inputs, outputs)
      : layerOverlaps(layer, inputs, outputs);
  },
  emit(emitter) {
    const inputs = emitter.step.inputs.map((input) => input.type);
    if (arithmeticOf(inputs) === 'int16') return emitInt16Layer(emitter);
    const layer = convolutionOf(emitter.step.op, inputs);
    if (layer !== null) return emitConvolutionLayer(emitter, layer);
    const shape = shapeOf(emitter.step.op, inputs);
    switch (arithmeticOf(inputs)) {
      case 'float32':
        return emitFloat(emitter, shape);
      case 'hybrid':
        return emitHybrid(emitter, shape);
      default: {
        const bytes = emitter.variant === 'dot' ? byteDepthwiseShape(emitter.step.op, inputs) : null;
        return bytes === null ? emitInteger(emitter, shape) : emitByteDepthwise(emitter, bytes);
      }
    }
  },
};

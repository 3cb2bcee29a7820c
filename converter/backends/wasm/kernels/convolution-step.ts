import { integerClamp } from '../../../ops/quantized.ts';
import { InternalError } from '../../../problem.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { arithmeticOf } from '../../kernel.ts';
import { roundUp } from '../constant-pool.ts';
import { type Address, addressPlus, type StepEmitter } from '../kernel.ts';
import { outputOf, typeAt, zeroPointOf } from '../operand.ts';
import { type IntegerWeights, type PanelWeights, packPanels, panelChannels } from '../packing/panels.ts';
import { type PatchGeometry, packedOrder } from '../packing/patches.ts';
import {
  floatBias,
  integerBias,
  layerRequantization,
  orderedWeights,
  weightElement,
  weightScales,
} from '../packing/sums.ts';
import { byteConvolutionScratch } from '../routines/byte-convolution.ts';
import { blockRowsOf, type ConvolutionShape, convolutionScratch, hybridConvolution } from '../routines/convolution.ts';
import { quantizeBatch } from '../routines/quantize-batch.ts';
import { emitByteConvolution } from './byte-step.ts';
import type { ConvolutionLayer } from './convolution-layer.ts';
import { emitFloatLayer, floatLayerScratch } from './float-layer.ts';

export type { ConvolutionLayer } from './convolution-layer.ts';

/** Bytes that a hybrid layer needs for its quantized input: scale and zero point of each image, then the images. */
function hybridBytes({ images, imageElements }: PatchGeometry): { readonly batches: number; readonly total: number } {
  const batches = roundUp(8 * images, 16);
  return { batches, total: batches + roundUp(images * imageElements + 16, 16) };
}

/** Scratch of the layer for operands of the given types. */
export function convolutionLayerScratch(layer: ConvolutionLayer, inputs: readonly TensorType[]): number {
  const { geometry, chunks } = layer;
  const { quantization } = typeAt(inputs, 1);
  const hasSums = quantization.kind === 'per-tensor' && quantization.zeroPoint !== 0;
  switch (arithmeticOf(inputs)) {
    case 'float32':
      return floatLayerScratch(layer);
    case 'hybrid':
      return hybridBytes(geometry).total + convolutionScratch(geometry, chunks, hasSums);
    default:
      return byteConvolutionScratch(geometry, chunks, hasSums);
  }
}

/** Emits the layer. */
export function emitConvolutionLayer(emitter: StepEmitter, layer: ConvolutionLayer): void {
  switch (arithmeticOf(emitter.step.inputs.map((input) => input.type))) {
    case 'int8':
      emitInteger(emitter, layer);
      break;
    case 'float32':
      emitFloatLayer(emitter, layer);
      break;
    case 'hybrid':
      emitHybrid(emitter, layer);
      break;
    default:
      throw new InternalError(`${emitter.step.name}: operands of other types`);
  }
}

function groupWeights(emitter: StepEmitter, layer: ConvolutionLayer, group: number): PanelWeights {
  const order = packedOrder(layer.chunks, 4);
  const channels = layer.outputs / layer.groups;
  return orderedWeights(emitter.step, {
    channels,
    depth: order.length,
    index(channel, k) {
      const i = order[k];
      return i === null || i === undefined ? null : layer.weightIndex(group * channels + channel, i);
    },
  });
}

/** All weights as one matrix, for what is decided per layer. */
function wholeWeights(emitter: StepEmitter, layer: ConvolutionLayer): PanelWeights {
  const order = packedOrder(layer.chunks, 1);
  return orderedWeights(emitter.step, {
    channels: layer.outputs,
    depth: order.length,
    index: (channel, k) => layer.weightIndex(channel, order[k] ?? 0),
  });
}

/** The packed weights of all groups, one after the other, and the shape with their size. */
function placeWeights(
  emitter: StepEmitter,
  layer: ConvolutionLayer,
  headers: readonly (Int32Array | Float32Array)[],
  element: IntegerWeights,
): { readonly weights: Address; readonly shape: ConvolutionShape } {
  const perGroup = layer.outputs / layer.groups;
  const parts = Array.from({ length: layer.groups }, (_, group) =>
    packPanels(
      groupWeights(emitter, layer, group),
      layer.groups === 1 ? headers : headers.map((all) => all.subarray(group * perGroup, (group + 1) * perGroup)),
      'pairs',
      element,
    ),
  );
  const groupWeightBytes = parts[0]?.length ?? 0;
  const bytes = new Uint8Array(groupWeightBytes * layer.groups);
  parts.forEach((part, group) => {
    bytes.set(part, group * groupWeightBytes);
  });
  const { geometry, chunks, groups } = layer;
  const blockRows = blockRowsOf(geometry, chunks);
  const shape = { geometry, chunks, groups, groupOutputs: perGroup, groupWeightBytes, blockRows };
  return { weights: emitter.constant(bytes), shape };
}

function emitInteger(emitter: StepEmitter, layer: ConvolutionLayer): void {
  const { step, rounding } = emitter;
  const element = weightElement(step);
  const { type } = outputOf(step);
  const range = { zero: zeroPointOf(type), ...integerClamp(layer.clamp, type) };
  // Constants of a form with bounds are arranged by panels, which must not hold channels of two groups then.
  const bounds = layer.groups === 1 || (layer.outputs / layer.groups) % panelChannels === 0 ? range : null;
  const { form, shift, vectors } = layerRequantization(step, wholeWeights(emitter, layer), rounding, bounds);
  const { weights, shape } = placeWeights(emitter, layer, [integerBias(step), ...vectors], element);
  emitByteConvolution(emitter, layer, { form, shift, weights, panels: shape.groupWeightBytes });
}

function emitHybrid(emitter: StepEmitter, layer: ConvolutionLayer): void {
  const { step, scratch } = emitter;
  const { geometry, hybrid } = layer;
  const sizes = hybridBytes(geometry);
  const quantized = addressPlus(scratch, sizes.batches);
  const mode = hybrid === 'symmetric' ? 'symmetric' : 'asymmetric';
  for (let image = 0; image < geometry.images; image++) {
    emitter.call(
      quantizeBatch,
      { mode },
      {
        source: addressPlus(emitter.input(0), 4 * image * geometry.imageElements),
        target: addressPlus(quantized, image * geometry.imageElements),
        count: geometry.imageElements,
        batch: addressPlus(scratch, 8 * image),
      },
    );
  }
  const element = weightElement(step);
  const headers = [floatBias(step), weightScales(step, layer.outputs)];
  const { weights, shape } = placeWeights(emitter, layer, headers, element);
  const places = { input: quantized, weights, output: emitter.output, scratch: addressPlus(scratch, sizes.total) };
  const { min, max } = layer.clamp;
  emitter.call(hybridConvolution, { shape, element }, { ...places, batches: scratch, min, max });
}

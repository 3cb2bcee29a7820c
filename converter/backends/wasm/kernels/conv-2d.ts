import type { Op } from '../../../ops/op.ts';
import { nhwc } from '../../../ops/window.ts';
import { disjoint } from '../../../plan/overlap.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { arithmeticOf } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { productProblem, typeAt } from '../operand.ts';
import { layerOverlaps } from '../overlap/window.ts';
import { chunksOf, flattened, patchGeometry } from '../packing/patches.ts';
import { type ConvolutionLayer, convolutionLayerScratch, emitConvolutionLayer } from './convolution-step.ts';
import { emitInt16Layer } from './int16-step.ts';

/** Hybrid layers quantize image by image, so only the others may join images. */
export function layerOf({ attributes }: Op<'conv-2d'>, inputs: readonly TensorType[]): ConvolutionLayer {
  const input = nhwc(typeAt(inputs, 0).shape);
  const kernel = nhwc(typeAt(inputs, 1).shape);
  const { groups, clamp, hybrid } = attributes;
  const plain = patchGeometry(attributes, input, kernel);
  const geometry = hybrid === 'none' && groups === 1 ? flattened(plain) : plain;
  const perOutput = kernel.height * kernel.width * kernel.channels;
  return {
    geometry,
    chunks: chunksOf(geometry, groups),
    groups,
    outputs: kernel.batch,
    clamp,
    hybrid,
    weightIndex: (channel, i) => channel * perOutput + i,
  };
}

/** Patches are packed block by block and multiplied with packed weights. */
export const conv2d: WasmKernel<'conv-2d'> = {
  problem: productProblem,
  scratchBytes: (op, inputs) =>
    arithmeticOf(inputs) === 'int16' ? 0 : convolutionLayerScratch(layerOf(op, inputs), inputs),
  overlaps: (op, inputs, outputs) =>
    arithmeticOf(inputs) === 'int16' ? disjoint(inputs) : layerOverlaps(layerOf(op, inputs), inputs, outputs),
  emit(emitter) {
    const types = emitter.step.inputs.map((input) => input.type);
    if (arithmeticOf(types) === 'int16') emitInt16Layer(emitter);
    else emitConvolutionLayer(emitter, layerOf(emitter.step.op, types));
  },
};

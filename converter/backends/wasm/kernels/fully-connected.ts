import type { Op } from '../../../ops/op.ts';
import { integerClamp } from '../../../ops/quantized.ts';
import { noPadding } from '../../../ops/window.ts';
import { disjoint, firstOverlaps } from '../../../plan/overlap.ts';
import type { Step } from '../../../plan/program.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { arithmeticOf } from '../../kernel.ts';
import { roundUp } from '../constant-pool.ts';
import { addressPlus, type StepEmitter, type WasmKernel } from '../kernel.ts';
import { inputOf, outputOf, productProblem, requireConstants, typeAt, zeroPointOf } from '../operand.ts';
import { layerOverlaps } from '../overlap/window.ts';
import { type PanelWeights, packPanels } from '../packing/panels.ts';
import { chunksOf, flattened, patchGeometry } from '../packing/patches.ts';
import {
  floatBias,
  integerBias,
  layerRequantization,
  orderedWeights,
  weightElement,
  weightScales,
} from '../packing/sums.ts';
import { floatDotRows } from '../routines/dot-rows.ts';
import { quantizeBatch } from '../routines/quantize-batch.ts';
import { hybridRow, integerRow, widenHybridRow, widenRow } from '../routines/row.ts';
import { type ConvolutionLayer, convolutionLayerScratch, emitConvolutionLayer } from './convolution-step.ts';
import { emitFloatLayer, floatLayerScratch } from './float-layer.ts';
import { emitInt16Layer } from './int16-step.ts';

interface Sizes {
  readonly rows: number;
  readonly depth: number;
  readonly units: number;
}

function sizesOf(inputs: readonly TensorType[]): Sizes {
  const depth = dimension(typeAt(inputs, 1).shape, 1);
  const rows = elementCount(typeAt(inputs, 0).shape) / depth;
  return { rows, depth, units: dimension(typeAt(inputs, 1).shape, 0) };
}

/** Several rows are a 1 x 1 convolution over pixels; hybrid rows are images, since each has its own scale. */
export function convolutionOf({ attributes }: Op<'fully-connected'>, inputs: readonly TensorType[]): ConvolutionLayer {
  const { rows, depth, units } = sizesOf(inputs);
  const { clamp, hybrid } = attributes;
  const window = { strides: [1, 1], dilations: [1, 1], padding: noPadding } as const;
  const image = { batch: rows, height: 1, width: 1, channels: depth };
  const plain = patchGeometry(window, image, { height: 1, width: 1 });
  const geometry = hybrid === 'none' ? flattened(plain) : plain;
  const weightIndex = (channel: number, i: number) => channel * depth + i;
  return { geometry, chunks: chunksOf(geometry, 1), groups: 1, outputs: units, clamp, hybrid, weightIndex };
}

/** Scratch of a single row. */
function rowScratch(inputs: readonly TensorType[]): number {
  const { depth } = sizesOf(inputs);
  return (arithmeticOf(inputs) === 'hybrid' ? 16 + roundUp(depth, 16) : 0) + 2 * roundUp(depth, 8);
}

function rowWeights(emitter: StepEmitter<'fully-connected'>, { units, depth }: Sizes, group: number): PanelWeights {
  return orderedWeights(emitter.step, {
    channels: units,
    depth: roundUp(depth, group),
    index: (channel, k) => (k < depth ? channel * depth + k : null),
  });
}

function emitIntegerRow(emitter: StepEmitter<'fully-connected'>, sizes: Sizes): void {
  const { step, rounding, scratch } = emitter;
  const weights = rowWeights(emitter, sizes, 8);
  const { type } = outputOf(step);
  const range = { zero: zeroPointOf(type), ...integerClamp(step.op.attributes.clamp, type) };
  const { form, shift, vectors } = layerRequantization(step, weights, rounding, range);
  const element = weightElement(step);
  const steps = weights.depth / 8;
  const zero = zeroPointOf(inputOf(step, 0).type);
  emitter.call(widenRow, null, { source: emitter.input(0), target: scratch, steps, zero });
  emitter.call(
    integerRow,
    { element, form },
    {
      row: scratch,
      weights: emitter.constant(packPanels(weights, [integerBias(step), ...vectors], 'eights', element)),
      output: emitter.output,
      steps,
      channels: sizes.units,
      ...range,
      shift,
    },
  );
}

function emitHybridRow(emitter: StepEmitter<'fully-connected'>, sizes: Sizes): void {
  const { step, scratch } = emitter;
  const { clamp, hybrid } = step.op.attributes;
  const weights = rowWeights(emitter, sizes, 8);
  const element = weightElement(step);
  const steps = weights.depth / 8;
  const quantized = addressPlus(scratch, 16);
  const row = addressPlus(quantized, roundUp(sizes.depth, 16));
  const mode = hybrid === 'symmetric' ? 'symmetric' : 'asymmetric';
  const headers = [floatBias(step), weightScales(step, sizes.units)];
  emitter.call(
    quantizeBatch,
    { mode },
    {
      source: emitter.input(0),
      target: quantized,
      count: sizes.depth,
      batch: scratch,
    },
  );
  emitter.call(widenHybridRow, null, { source: quantized, target: row, steps, batch: scratch });
  emitter.call(
    hybridRow,
    { element },
    {
      row,
      weights: emitter.constant(packPanels(weights, headers, 'eights', element)),
      output: emitter.output,
      steps,
      channels: sizes.units,
      scale: scratch,
      min: clamp.min,
      max: clamp.max,
    },
  );
}

/** Weights or a bias that are computed are multiplied as they lie; packing them would cost as much. */
function emitComputed(emitter: StepEmitter<'fully-connected'>, { rows, depth, units }: Sizes): void {
  const { min, max } = emitter.step.op.attributes.clamp;
  const places = { input: emitter.input(0), weights: emitter.input(1), bias: emitter.input(2), output: emitter.output };
  emitter.call(floatDotRows, null, { ...places, rows, channels: units, depth, min, max });
}

function isComputed(step: Step): boolean {
  return arithmeticOf(step.inputs.map(({ type }) => type)) === 'float32' && requireConstants(step, [1, 2]) !== null;
}

/** One row reads every weight once, eight channels at a time; several rows share them as a convolution. */
export const fullyConnected: WasmKernel<'fully-connected'> = {
  problem: (step) => (isComputed(step) ? null : productProblem(step)),
  scratchBytes(op, inputs) {
    if (arithmeticOf(inputs) === 'int16') return 0;
    if (arithmeticOf(inputs) === 'float32') return floatLayerScratch(convolutionOf(op, inputs));
    return sizesOf(inputs).rows === 1 ? rowScratch(inputs) : convolutionLayerScratch(convolutionOf(op, inputs), inputs);
  },
  overlaps(op, inputs, outputs) {
    const arithmetic = arithmeticOf(inputs);
    // Computed weights, which types do not tell, make float32 read a row for every channel.
    if (arithmetic !== 'int8' && arithmetic !== 'hybrid') return disjoint(inputs);
    // A single row is copied before anything is written.
    if (sizesOf(inputs).rows === 1) return firstOverlaps(0, inputs, outputs);
    return layerOverlaps(convolutionOf(op, inputs), inputs, outputs);
  },
  emit(emitter) {
    const inputs = emitter.step.inputs.map((input) => input.type);
    const sizes = sizesOf(inputs);
    if (isComputed(emitter.step)) return emitComputed(emitter, sizes);
    if (arithmeticOf(inputs) === 'int16') return emitInt16Layer(emitter);
    if (arithmeticOf(inputs) === 'float32') return emitFloatLayer(emitter, convolutionOf(emitter.step.op, inputs));
    if (sizes.rows > 1) return emitConvolutionLayer(emitter, convolutionOf(emitter.step.op, inputs));
    if (arithmeticOf(inputs) === 'hybrid') return emitHybridRow(emitter, sizes);
    emitIntegerRow(emitter, sizes);
  },
};

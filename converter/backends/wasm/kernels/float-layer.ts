import { roundUp } from '../constant-pool.ts';
import { counts, sum, type WasmCounts } from '../counts/counts.ts';
import { floatConvolutionCounts } from '../counts/float-convolution.ts';
import { floatRowCounts } from '../counts/float-row.ts';
import { winogradCounts } from '../counts/winograd.ts';
import type { Address, StepEmitter } from '../kernel.ts';
import { type PanelWeights, packPanels, panelChannels } from '../packing/panels.ts';
import { floatBias, orderedWeights } from '../packing/sums.ts';
import { transformedWeight, type WinogradShape, winogradProducts, winogradShape } from '../packing/winograd.ts';
import { copyRows, fillBytes } from '../routines/copy.ts';
import { type FloatConvolution, floatConvolution, floatConvolutionScratch } from '../routines/float-convolution.ts';
import { boundsOf } from '../routines/float-lanes.ts';
import { floatRow } from '../routines/float-row.ts';
import { type WinogradConvolution, winogradConvolution, winogradScratch } from '../routines/winograd.ts';
import type { Variant } from '../variant.ts';
import type { ConvolutionLayer } from './convolution-layer.ts';

/** Whether the layer has one output position, whose patch lies in one piece: it reads each weight once. */
function isRow({ geometry, chunks, groups }: ConvolutionLayer): boolean {
  const { images, outputHeight, outputWidth, padded, kernelRowStep } = geometry;
  const isWhole = chunks.columns === 1 && (chunks.rows === 1 || kernelRowStep === chunks.elements);
  return groups === 1 && images * outputHeight * outputWidth === 1 && padded === null && isWhole;
}

function depthOf({ chunks }: ConvolutionLayer): number {
  return chunks.rows * chunks.columns * chunks.elements;
}

/** Bytes of scratch: a row that does not end at a vector is copied, other layers may need a padded copy. */
export function floatLayerScratch(layer: ConvolutionLayer): number {
  const depth = depthOf(layer);
  if (isRow(layer)) return depth % 4 === 0 ? 0 : 4 * roundUp(depth, 4);
  const copyBytes = floatConvolutionScratch(layer.geometry);
  const shape = winogradOf(layer);
  return shape === null ? copyBytes : winogradScratch(shape, copyBytes);
}

function winogradOf({ geometry, groups, outputs }: ConvolutionLayer): WinogradShape | null {
  return winogradShape(geometry, groups, outputs);
}

/** Weights that a bundle keeps in another form are moved, not computed with: they are multiplied as they are. */
function isStored({ step }: StepEmitter): boolean {
  const weights = step.inputs[1];
  return weights?.kind === 'constant' && weights.storage !== null;
}

/** Emits the layer: a single output position as the product of a row, others in tiles. */
export function emitFloatLayer(emitter: StepEmitter, layer: ConvolutionLayer): void {
  const shape = isStored(emitter) ? null : winogradOf(layer);
  if (isRow(layer)) emitFloatRow(emitter, layer);
  else if (shape === null) emitTiles(emitter, layer);
  else emitWinograd(emitter, layer, shape);
}

function emitWinograd(emitter: StepEmitter, layer: ConvolutionLayer, shape: WinogradShape): void {
  const { geometry, outputs, clamp } = layer;
  const { channels } = geometry;
  const bias = floatBias(emitter.step);
  const original = orderedWeights(emitter.step, {
    channels: outputs,
    depth: 9 * channels,
    index: (channel, k) => layer.weightIndex(channel, k),
  });
  const matrices = Array.from({ length: winogradProducts }, (_, product) => {
    const at = (channel: number, k: number) =>
      transformedWeight(product, (row, column) => original.at(channel, (3 * row + column) * channels + k));
    return packPanels(
      { channels: outputs, depth: channels, zero: 0, at },
      [new Float32Array(outputs)],
      'single',
      'float32',
    );
  });
  emitter.call(winogradConvolution, winogradConfig(layer, shape), {
    input: emitter.input(0),
    weights: emitter.constant(joined(matrices)),
    bias: emitter.constant(new Uint8Array(bias.slice().buffer)),
    output: emitter.output,
    scratch: emitter.scratch,
    min: clamp.min,
    max: clamp.max,
  });
}

function winogradConfig({ geometry, clamp }: ConvolutionLayer, shape: WinogradShape): WinogradConvolution {
  const { padded, imageElements } = geometry;
  const copyBytes = floatConvolutionScratch(geometry);
  return { shape, padded, inputElements: imageElements, bounds: boundsOf(clamp), copyBytes };
}

/** Blobs one behind the other. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}

function emitFloatRow(emitter: StepEmitter, layer: ConvolutionLayer): void {
  const { clamp, outputs } = layer;
  const depth = depthOf(layer);
  const rounded = roundUp(depth, 4);
  const weights = orderedWeights(emitter.step, {
    channels: outputs,
    depth: rounded,
    index: (channel, k) => (k < depth ? layer.weightIndex(channel, k) : null),
  });
  if (rounded !== depth) {
    const copy = { source: emitter.input(0), target: emitter.scratch, rows: 1, sourceStep: 0, targetStep: 0 };
    emitter.call(fillBytes, null, { target: emitter.scratch, value: 0, bytes: 4 * rounded });
    emitter.call(copyRows, null, { ...copy, rowBytes: 4 * depth });
  }
  const config = { bounds: boundsOf(clamp), lastChannels: ((outputs - 1) % panelChannels) + 1 };
  emitter.call(floatRow, config, {
    row: rounded === depth ? emitter.input(0) : emitter.scratch,
    weights: emitter.constant(packPanels(weights, [floatBias(emitter.step)], 'fours', 'float32')),
    output: emitter.output,
    steps: rounded / 4,
    channels: outputs,
    min: clamp.min,
    max: clamp.max,
  });
}

function emitTiles(emitter: StepEmitter, layer: ConvolutionLayer): void {
  const { geometry, clamp } = layer;
  const { weights, bytes } = placeWeights(emitter, layer);
  const scratch = geometry.padded === null ? 0 : emitter.scratch;
  const places = { input: emitter.input(0), weights, output: emitter.output, scratch };
  emitter.call(floatConvolution, convolutionConfig(layer, bytes), { ...places, min: clamp.min, max: clamp.max });
}

function convolutionConfig(layer: ConvolutionLayer, groupWeightBytes: number): FloatConvolution {
  const { geometry, chunks, groups, outputs, clamp } = layer;
  return { geometry, chunks, groups, groupOutputs: outputs / groups, groupWeightBytes, bounds: boundsOf(clamp) };
}

/** What {@link emitFloatLayer} executes for weights that are not stored in another form. */
export function floatLayerCounts(layer: ConvolutionLayer, variant: Variant): WasmCounts {
  const shape = isRow(layer) ? null : winogradOf(layer);
  if (shape !== null) return winogradCounts(winogradConfig(layer, shape), variant);
  if (!isRow(layer)) return floatConvolutionCounts(convolutionConfig(layer, 0), variant);
  const depth = depthOf(layer);
  const bounds = boundsOf(layer.clamp);
  const product = floatRowCounts({ steps: roundUp(depth, 4) / 4, channels: layer.outputs, bounds }, variant);
  // A row that does not end at a vector is copied in a loop over one row.
  return depth % 4 === 0 ? product : sum(product, counts({ branches: 1 }));
}

/** The packed weights of all groups, one after the other, and the bytes of each. */
function placeWeights(
  emitter: StepEmitter,
  layer: ConvolutionLayer,
): { readonly weights: Address; readonly bytes: number } {
  const { groups, outputs } = layer;
  const channels = outputs / groups;
  const bias = floatBias(emitter.step);
  const parts = Array.from({ length: groups }, (_, group) => {
    const weights: PanelWeights = orderedWeights(emitter.step, {
      channels,
      depth: depthOf(layer),
      index: (channel, k) => layer.weightIndex(group * channels + channel, k),
    });
    return packPanels(weights, [bias.subarray(group * channels, (group + 1) * channels)], 'single', 'float32');
  });
  return { weights: emitter.constant(joined(parts)), bytes: parts[0]?.length ?? 0 };
}

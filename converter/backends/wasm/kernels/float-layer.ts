import { roundUp } from '../constant-pool.ts';
import { counts, sum, type WasmCounts } from '../counts/counts.ts';
import { floatConvolutionCounts } from '../counts/float-convolution.ts';
import { floatRowCounts } from '../counts/float-row.ts';
import type { Address, StepEmitter } from '../kernel.ts';
import { type PanelWeights, packPanels, panelChannels } from '../packing/panels.ts';
import { floatBias, orderedWeights } from '../packing/sums.ts';
import { copyRows, fillBytes } from '../routines/copy.ts';
import { type FloatConvolution, floatConvolution, floatConvolutionScratch } from '../routines/float-convolution.ts';
import { boundsOf } from '../routines/float-lanes.ts';
import { floatRow } from '../routines/float-row.ts';
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
  return floatConvolutionScratch(layer.geometry);
}

/** Emits the layer: a single output position as the product of a row, others in tiles. */
export function emitFloatLayer(emitter: StepEmitter, layer: ConvolutionLayer): void {
  if (isRow(layer)) emitFloatRow(emitter, layer);
  else emitTiles(emitter, layer);
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

/** What {@link emitFloatLayer} emits executes. */
export function floatLayerCounts(layer: ConvolutionLayer, variant: Variant): WasmCounts {
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
  const bytes = parts[0]?.length ?? 0;
  const all = new Uint8Array(bytes * groups);
  parts.forEach((part, group) => {
    all.set(part, group * bytes);
  });
  return { weights: emitter.constant(all), bytes };
}

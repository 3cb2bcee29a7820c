import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultReadOptions } from '../../../cli/input/read-sample.ts';
import { fastExecutor } from '../../../cli/quantize/executor.ts';
import { readSampleSets } from '../../../cli/quantize/sample-sets.ts';
import { allRemedies, defaultQuantizeOptions, type Remedies } from '../../../converter/compress/quantize/options.ts';
import { type QuantizedGraph, quantizeGraph } from '../../../converter/compress/quantize/quantize-graph.ts';
import { adviceFor } from '../../../converter/compress/quantize/report/advice.ts';
import { compareOutputs } from '../../../converter/compress/quantize/report/outputs.ts';
import { tensorErrors } from '../../../converter/compress/quantize/report/tensor-errors.ts';
import { worstFirst } from '../../../converter/compress/quantize/report/worst-first.ts';
import { choices } from '../../../converter/compress/quantize/search/choice.ts';
import { type Cost, type Limit, limitText } from '../../../converter/compress/quantize/search/limit.ts';
import { searchGraph } from '../../../converter/compress/quantize/search/search-graph.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { summarize } from '../../../converter/summary.ts';
import { digits } from '../../cli/run-cli.ts';
import { spreadChannels } from '../../support/spread-channels.ts';

/** Digits has a depthwise layer, and a pointwise one that reads it. */
const depthwise = 'Conv "node_Conv_115"';
const file = `${digits}digits_float.onnx`;
const float = optimizeGraph(importModel(new Uint8Array(readFileSync(file)), 'digits_float.onnx')).graph;
const hard = spreadChannels(float, 2, (layer) => layer === depthwise);

const io = { cwd: process.cwd(), color: false, columns: 100, stdout: process.stdout, stderr: process.stderr };
const samplesIn = (name: string) =>
  readSampleSets(float, { samples: [digits + name], test: null, labels: null }, () => defaultReadOptions, io).samples;
const samples = samplesIn('digits_calib.npy').slice(0, 40);
const loads = samples.map(({ load }) => load);
const judged = samplesIn('digits_test_images.npy').slice(0, 200);

const quantized = (remedies: Remedies) =>
  quantizeGraph(hard, loads, fastExecutor, { ...defaultQuantizeOptions, ranges: 'mse', remedies });
const unbalanced = quantized({ ...allRemedies, equalize: false, absorb: false });

function lost({ graph }: QuantizedGraph): number {
  const { accuracy } = compareOutputs(hard, graph, judged, fastExecutor);
  return (accuracy?.real.value ?? 0) - (accuracy?.stored.value ?? 1);
}

describe('a depthwise model with badly spread channels', () => {
  it('computes the same in float', () => {
    const { accuracy, agreement, cosine } = compareOutputs(float, hard, judged, fastExecutor);
    expect(agreement.value).toBe(1);
    expect(cosine).toBeGreaterThan(0.99999);
    expect(accuracy?.stored.value).toBeGreaterThan(0.95);
  });

  it('loses less than a point with equalization, and more than ten without', () => {
    expect(lost(quantized(allRemedies))).toBeLessThan(0.01);
    expect(lost(unbalanced)).toBeGreaterThan(0.1);
  });

  it('is reported with that layer first, and what helps', () => {
    const traced = loads.slice(0, 8);
    const errors = tensorErrors(unbalanced, traced, fastExecutor);
    const [worst] = worstFirst(errors);
    expect(worst?.layer).toBe(depthwise);
    expect(worst?.channelSpread).toBeGreaterThan(1000);
    // Its result looks well by itself: the large channels make the signal.
    expect(worst?.injectedDb).toBeGreaterThan((worst?.feltDb ?? 0) + 5);
    const outputs = compareOutputs(hard, unbalanced.graph, judged.slice(0, 50), fastExecutor);
    const advice = adviceFor(unbalanced, errors, outputs, 100);
    expect(advice[0]).toContain('equalization');
    expect(advice[0]).toContain(depthwise);
  });
});

describe('a budget for it, without equalization', () => {
  const options = {
    ...defaultQuantizeOptions,
    ranges: 'mse' as const,
    remedies: { ...allRemedies, equalize: false, absorb: false },
  };
  /** Elements and weights, as if they were all that costs. */
  const costOf = (graph: Graph): Cost => {
    const { parameterBytes, activationBytes, operators } = summarize(graph);
    const layers = operators.map(
      (row) =>
        [
          row.name,
          { constantBytes: row.parameterBytes, activationBytes: row.activationBytes, work: row.macs },
        ] as const,
    );
    const largest = { sram: null, flash: null, latency: null };
    const head = { sramBytes: activationBytes, flashBytes: parameterBytes, instructions: null, latencies: [] };
    return { ...head, largest, layers: new Map(layers) };
  };
  const search = (limits: readonly Limit[], mostPoints = 24) =>
    searchGraph(hard, loads, judged, fastExecutor, options, { limits, costOf, mostPoints });

  it('widens the layers around the spread, and few others', () => {
    const { isMet, best, points, changed, harms, quantized: found } = search([{ kind: 'accuracy-drop', most: 0.005 }]);
    expect(points[0]?.figures.drop).toBeGreaterThan(0.1);
    expect(isMet).toBe(true);
    expect(best.figures.drop).toBeLessThan(0.0051);
    expect(lost(found)).toBe(best.figures.drop);
    expect(harms.slice(0, 2).map(({ layer }) => layer)).toContain(depthwise);
    expect(changed.length).toBeLessThanOrEqual(3);
    expect(points.length).toBeLessThanOrEqual(24);
    for (const { choice } of changed) expect(choices.map(({ name }) => name)).toContain(choice);
  });

  it('tells the nearest where memory forbids that', () => {
    const bytes = costOf(unbalanced.graph).sramBytes;
    const limits: Limit[] = [
      { kind: 'accuracy-drop', most: 0.005 },
      { kind: 'sram', mostBytes: bytes },
    ];
    const { isMet, obstacles, best } = search(limits, 7);
    expect(isMet).toBe(false);
    expect(best.missed).toBeGreaterThan(0);
    expect(obstacles.length).toBeGreaterThan(0);
    for (const { limit } of obstacles) expect(limits.map(limitText)).toContain(limit);
  });
});

import { describe, expect, it } from 'vitest';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import { type Graph, inputTypes, outputTypes, typeOf } from '../../../converter/ir/graph.ts';
import { graphViolations, nodeFaults } from '../../../converter/ir/verify.ts';
import { importModel, optimizeGraph, planProgram } from '../../../converter/pipeline.ts';
import { latencyPlan } from '../../../converter/plan/options.ts';
import { withFewerChannels } from '../../../converter/plan/remedies/fewer-channels.ts';
import { asInt8 } from '../../../converter/plan/remedies/int8.ts';
import { withSmallerInput } from '../../../converter/plan/remedies/smaller-input.ts';
import { summarize } from '../../../converter/summary.ts';
import { hasShared, readShared } from '../../support/shared.ts';

const load = (name: string): Graph =>
  optimizeGraph(importModel(readShared(`models/tflite/${name}.tflite`), `${name}.tflite`)).graph;

const arenaOf = (graph: Graph) => planProgram(graph, cKernelNeeds, latencyPlan).plan.arenaBytes;

const models = ['mlperf_kws_int8', 'mlperf_vww_int8', 'mlperf_ic_resnet8_int8', 'tflm_person_detect_int8'];

describe.skipIf(!hasShared)('graphs of other shapes', () => {
  it.each(models)('%s with a smaller input is a graph without faults', (name) => {
    const graph = load(name);
    const same = withSmallerInput(graph, 1);
    expect(same?.graph.values).toEqual(graph.values);
    const half = withSmallerInput(graph, 1 / 2);
    if (half === null) return expect.fail('does not infer');
    expect(graphViolations(half.graph)).toEqual([]);
    expect(arenaOf(half.graph)).toBeLessThan(arenaOf(graph));
    expect(summarize(half.graph).parameterBytes).toBe(summarize(graph).parameterBytes);
    for (const [i, { value }] of graph.outputs.entries()) {
      const after = half.graph.outputs[i];
      expect(after === undefined ? null : typeOf(half.graph, after.value)).toEqual(typeOf(graph, value));
    }
  });

  it('takes no other size where places are flattened', () => {
    expect(withSmallerInput(load('mlperf_ad_int8'), 1 / 2)).toBeNull();
    expect(withSmallerInput(load('tflm_micro_speech_int8'), 1 / 2)).toBeNull();
  });

  it.each(models)('%s with fewer channels has layers without faults, and the inputs and outputs it had', (name) => {
    const graph = load(name);
    const half = withFewerChannels(graph, 1 / 2);
    if (half === null) return expect.fail('no channel may go');
    for (const node of half.nodes) {
      expect(nodeFaults(node.op, inputTypes(half, node), outputTypes(half, node))).toEqual([]);
    }
    for (const { value } of [...graph.inputs, ...graph.outputs])
      expect(typeOf(half, value)).toEqual(typeOf(graph, value));
    const [before, after] = [summarize(graph), summarize(half)];
    expect(after.macs).toBeLessThan(before.macs / 2);
    expect(after.parameterBytes).toBeLessThan(before.parameterBytes / 2);
  });

  it('with all channels is the graph itself', () => {
    expect(withFewerChannels(load('mlperf_kws_int8'), 1)).toBeNull();
  });

  it('as int8 needs the memory of the quantized model', () => {
    for (const name of ['mlperf_ic_resnet8', 'mlperf_vww']) {
      const int8 = asInt8(load(`${name}_float`));
      expect(int8 === null ? 0 : arenaOf(int8)).toBe(arenaOf(load(`${name}_int8`)));
    }
    expect(asInt8(load('mlperf_kws_int8'))).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import { importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import { simpleNeeds } from '../support/needs.ts';
import { hasShared, readShared } from '../support/shared.ts';

/**
 * The non-persistent arena of TFLite Micro for these networks, which plans layer by layer: no scratch, nothing in place. Ours
 * must be the same to the byte under the same rules.
 */
describe.skipIf(!hasShared)('the arena of the MLPerf Tiny networks', () => {
  test.each([
    ['mlperf_kws_int8', 16_000],
    ['mlperf_ic_resnet8_int8', 49_152],
    ['mlperf_vww_int8', 55_296],
    ['mlperf_ad_int8', 768],
  ])('%s: %i bytes', (name, bytes) => {
    const { plan } = planProgram(importModel(readShared(`models/tflite/${name}.tflite`), name), simpleNeeds);
    expect(plan.arenaBytes).toBe(bytes);
    expect(plan.lowerBoundBytes).toBe(bytes);
  });

  test('is never larger after the passes', () => {
    for (const name of ['mlperf_kws_int8', 'mlperf_vww_int8', 'mlperf_ad_int8']) {
      const graph = importModel(readShared(`models/tflite/${name}.tflite`), name);
      const after = planProgram(optimizeGraph(graph).graph, simpleNeeds).plan.arenaBytes;
      expect(after).toBeLessThanOrEqual(planProgram(graph, simpleNeeds).plan.arenaBytes);
    }
  });
});

import { describe, expect, test } from 'vitest';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { peakBytesOf } from '../../../converter/plan/live.ts';
import { type KernelNeeds, lowerGraph } from '../../../converter/plan/lower.ts';
import { orderNodes } from '../../../converter/plan/order/order.ts';
import { disjoint } from '../../../converter/plan/overlap.ts';
import { planMemory } from '../../../converter/plan/plan.ts';
import { hasShared, readShared } from '../../support/shared.ts';

/** Kernels whose outputs lie apart from their inputs: then the arena of a plan is the peak of its order. */
const apartNeeds: KernelNeeds = { ...cKernelNeeds, overlaps: (_, inputs) => disjoint(inputs) };

/** The arena in file order and in the best order, without overlaps. */
const arenas: readonly (readonly [path: string, fileOrder: number, bestOrder: number])[] = [
  ['tflite/mww_okay_nabu_v1.tflite', 15_264, 15_128],
  ['tflite/mww_okay_nabu_v2.tflite', 5_392, 5_008],
  ['tflite/mltk_kws_on_off_v3.tflite', 21_560, 19_600],
  ['tflite/dtln_stage1_dynamic_range.tflite', 9_216, 7_680],
];

describe.skipIf(!hasShared)('the order of real models', () => {
  test.each(arenas)('%s: %i bytes become %i', (path, fileOrder, bestOrder) => {
    const graph = optimizeGraph(importModel(readShared(`models/${path}`), path)).graph;
    const ordered = orderNodes(graph, apartNeeds);
    expect(planMemory(lowerGraph(graph, apartNeeds)).arenaBytes).toBe(fileOrder);
    expect(planMemory(lowerGraph(ordered.graph, apartNeeds)).arenaBytes).toBe(bestOrder);
    expect(ordered).toMatchObject({ peakBytes: bestOrder, isOptimal: true });
    const overlapped = orderNodes(graph, cKernelNeeds);
    expect(overlapped.isOptimal).toBe(true);
    expect(overlapped.peakBytes).toBeLessThanOrEqual(bestOrder);
    expect(peakBytesOf(lowerGraph(overlapped.graph, cKernelNeeds))).toBe(overlapped.peakBytes);
  });

  test.each([
    'tflite/mlperf_kws_int8.tflite',
    'tflite/mlperf_ic_resnet8_int8.tflite',
    'tflite/mlperf_vww_int8.tflite',
    'tflite/ssd_slim_120x160_int8.tflite',
    'onnx_export/inception_mini_ts_op13.onnx',
    'onnx_export/densenet_mini_ts_op17.onnx',
  ])('%s: the order of the file is best and is kept', (path) => {
    const graph = optimizeGraph(importModel(readShared(`models/${path}`), path)).graph;
    const ordered = orderNodes(graph, cKernelNeeds);
    expect(ordered.graph).toBe(graph);
    expect(ordered).toMatchObject({ isOptimal: true, peakBytes: peakBytesOf(lowerGraph(graph, cKernelNeeds)) });
  });
});

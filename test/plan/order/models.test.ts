import { describe, expect, test } from 'vitest';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { orderNodes } from '../../../converter/plan/order/order.ts';
import { planMemory } from '../../../converter/plan/plan.ts';
import { hasShared, readShared } from '../../support/shared.ts';

/** The arena in file order and in the best order. All of these plans are as small as the peak of their order. */
const arenas: readonly (readonly [path: string, fileOrder: number, bestOrder: number])[] = [
  ['tflite/mww_okay_nabu_v1.tflite', 15_264, 15_128],
  ['tflite/mww_okay_nabu_v2.tflite', 5_392, 5_008],
  ['tflite/mltk_kws_on_off_v3.tflite', 21_560, 19_600],
  ['tflite/dtln_stage1_dynamic_range.tflite', 7_808, 6_272],
  ['onnx/ya_example_several_inputs_and_outputs.onnx', 1_716, 1_684],
];

describe.skipIf(!hasShared)('the order of real models', () => {
  test.each(arenas)('%s: %i bytes become %i', (path, fileOrder, bestOrder) => {
    const graph = optimizeGraph(importModel(readShared(`models/${path}`), path)).graph;
    const ordered = orderNodes(graph, cKernelNeeds);
    expect(planMemory(lowerGraph(graph, cKernelNeeds)).arenaBytes).toBe(fileOrder);
    expect(planMemory(lowerGraph(ordered.graph, cKernelNeeds)).arenaBytes).toBe(bestOrder);
    expect(ordered).toMatchObject({ peakBytes: bestOrder, isOptimal: true });
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
    expect(ordered).toMatchObject({
      isOptimal: true,
      peakBytes: planMemory(lowerGraph(graph, cKernelNeeds)).lowerBoundBytes,
    });
  });
});

import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import type { Engine } from '../../cli/engine/engine.ts';
import { type Graph, typeOf } from '../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { fromBytes } from '../../converter/tensor/dtype.ts';
import { modelIndex } from '../support/models.ts';
import { hasShared, readShared, sharedDir } from '../support/shared.ts';
import { type Expected, expectGolden, type GoldenStep, goldenSteps } from './golden-files.ts';
import { goldenRounding } from './golden-rounding.ts';

/** Folders of expected outputs of TFLite Micro, by the model that they belong to. */
const tflmFolders: ReadonlyMap<string, string> = new Map([
  ['models/tflite/mlperf_kws_int8.tflite', 'kws'],
  ['models/tflite/mlperf_ic_resnet8_int8.tflite', 'ic'],
  ['models/tflite/mlperf_vww_int8.tflite', 'vww'],
  ['models/tflite/mlperf_ad_int8.tflite', 'ad'],
  ['models/tflite/mlperf_sww_int8.tflite', 'strww'],
  ['models/tflite/tflm_person_detect_int8.tflite', 'person_detect'],
  ['models/tflite/tflm_micro_speech_int8.tflite', 'micro_speech'],
  ['models/tflite/tflm_hello_world_int8.tflite', 'hello_world'],
  ['models/tflite/tflm_keyword_scrambled_8bit.tflite', 'keyword'],
]);

export interface GoldenRun {
  readonly graph: Graph;
  readonly steps: readonly GoldenStep[];
}

const rows = hasShared ? modelIndex() : new Map();

const known = new Map<string, readonly GoldenRun[]>();

/**
 * What the model must give: under TensorFlow Lite's rounding, and under TFLite Micro's; together where that is the same. The same graphs each time, so that
 * what runs them in several ways reads and optimizes a model once.
 */
export function goldenRuns(path: string): readonly GoldenRun[] {
  const runs = known.get(path) ?? readGoldenRuns(path);
  known.set(path, runs);
  return runs;
}

function readGoldenRuns(path: string): readonly GoldenRun[] {
  const { graph } = optimizeGraph(importModel(readShared(path), path));
  const golden = rows.get(path)?.golden;
  const tflm = tflmFolders.get(path);
  const tensorflow = path.endsWith('.tflite') ? { ...graph, rounding: goldenRounding(path) } : graph;
  const runs: GoldenRun[] = [];
  if (golden !== undefined) runs.push({ graph: tensorflow, steps: goldenSteps(graph, golden) });
  if (tflm !== undefined) runs.push({ graph, steps: tflmSteps(graph, `models/golden/tflm/${tflm}`) });
  const [first, second] = runs;
  const isOne = first?.graph.rounding === second?.graph.rounding && graph.states.length === 0;
  return isOne && first !== undefined ? [{ ...first, steps: runs.flatMap(({ steps }) => steps) }] : runs;
}

function tflmSteps(graph: Graph, folder: string): GoldenStep[] {
  const inputs = readdirSync(sharedDir + folder).filter((name) => /^input_\d+\.bin$/.test(name));
  return inputs.map((name) => {
    const [input] = graph.inputs;
    const [output] = graph.outputs;
    const inputType = typeOf(graph, input?.value ?? expect.fail('no input'));
    const outputType = typeOf(graph, output?.value ?? expect.fail('no output'));
    const data = fromBytes(inputType.dtype, readShared(`${folder}/${name}`));
    const wanted = fromBytes(outputType.dtype, readShared(`${folder}/${name.replace('input', 'output')}`));
    const expected: Expected = {
      name: output?.name ?? '',
      values: Array.from(wanted as ArrayLike<number>),
      tolerance: 1e-4,
    };
    return { inputs: [{ type: inputType, data }], outputs: [expected] };
  });
}

/**
 * Runs a model as an engine does, and expects int8 and uint8 outputs equal to the bit, float within 1e-4 of the largest
 * expected magnitude.
 */
export async function meetsGoldens(run: Engine['run'], path: string): Promise<void> {
  const runs = goldenRuns(path);
  expect(runs.length).toBeGreaterThan(0);
  for (const { graph, steps } of runs) {
    const { inferences } = await run(
      graph,
      steps.map(
        ({ inputs }) =>
          () =>
            inputs,
      ),
      () => {},
    );
    expect(inferences.length).toBe(steps.length);
    steps.forEach(({ outputs }, i) => {
      expectGolden(inferences[i]?.outputs ?? [], outputs);
    });
  }
}

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { KernelForm } from '../../converter/backends/c/choice.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import { chainGraphs } from '../counts/chains.ts';
import { syntheticGraphs } from '../counts/layers.ts';
import { type CountedPackage, packaged } from '../counts/measure.ts';
import { locate } from '../places.ts';

/** A package of the training set; it is made when its turn comes. */
export interface Training {
  readonly name: string;
  package(): CountedPackage;
}

/** Layers of a synthetic package: few, so that packages differ in what they need. */
const LAYERS = 3;

/** Larger model files are left out, for the time that their plans take. */
const MOST_BYTES = 400_000;

/** Models that are in no fit: those that predictions are judged by, and others of the same networks. */
const judged = /^(?:mlperf_|oww_|tflm_person|tflm_micro_speech|tflm_hello)/;

/** Everything that the sizes are fitted on. */
export function trainingSet(): readonly Training[] {
  const synthetic = syntheticGraphs(LAYERS);
  const inForm = (form: KernelForm, name: string, graph: CountedPackage['graph']): Training => {
    const choices = new Map(graph.nodes.map((_, i) => [i, { form, pixels: null }] as const));
    return { name: `${name} ${form}`, package: () => packaged(name, graph, null, choices) };
  };
  return [
    ...synthetic.map(({ name, graph }) => ({ name, package: () => packaged(name, graph, null) })),
    ...synthetic.filter(({ name }) => /^int8 \d0$/.test(name)).map(({ name, graph }) => inForm('words', name, graph)),
    ...synthetic.filter(({ name }) => /^int8 \d1$/.test(name)).map(({ name, graph }) => inForm('small', name, graph)),
    ...chainGraphs().map(({ name, graph }) => ({ name, package: () => packaged(name, graph, balancedPlan) })),
    ...(['tflite', 'onnx'] as const).flatMap(publicModels),
  ];
}

function publicModels(format: 'tflite' | 'onnx'): readonly Training[] {
  const folder = locate(`models/${format}`);
  if (folder === undefined) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(`.${format}`) && !judged.test(name));
  return files
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).size <= MOST_BYTES)
    .map((file) => ({ name: basename(file), package: () => read(file) }));
}

function read(file: string): CountedPackage {
  const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(file)), basename(file)));
  return packaged(basename(file), graph, balancedPlan);
}

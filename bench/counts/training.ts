import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { KernelForm } from '../../converter/backends/c/choice.ts';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import { int4Case } from '../../test/backends/c/int4-layers.ts';
import { joined } from '../../test/backends/c/models.ts';
import { locate } from '../places.ts';
import { chainGraphs } from './chains.ts';
import { syntheticGraphs } from './layers.ts';
import { type CountedPackage, packaged } from './measure.ts';

/** Models that the coefficients are fitted on beside synthetic layers; none of them is in the benchmarks. */
const models: readonly string[] = [
  ...['mltk_kws_on_off_v3', 'mltk_rock_paper_scissors', 'mltk_fingerprint_signature', 'mltk_tflite_micro_magic_wand'],
  ...['tinymaix_cifar10_q', 'tinymaix_mnist_resnet_q', 'tinymaix_cifar10_f', 'hand_keypoint_classifier'],
  ...['mww_okay_nabu_v1', 'mww_vad_v2', 'fomo_face_detection_int8', 'openmv_force_int_quant', 'tflm_mnist_lstm_int8'],
];

/** Packages in other forms than the usual one, by the beginning of their name. */
const forms: readonly (readonly [KernelForm, string])[] = [
  ['words', 'int8 6'],
  ['words', 'int8 7'],
  ['small', 'int8 5'],
];

/** A package of the training set; it is made when its turn comes. */
export interface Training {
  readonly name: string;
  package(): CountedPackage;
}

/** Packages of floating point that processors without it are fitted on: their instructions depend on the data, so that more say no more. */
const fewFloats = ['float 0', 'others-float 0', 'chain 2'];

/** Packages of floating point; the others have next to none. */
const isFloating = /^(?:float|others-float|symmetric|asymmetric) |^chain (?:2|5|8|11)$|_f$/;

const withoutFloats: readonly CountedCpu[] = ['cortex-m0', 'cortex-m0plus', 'cortex-m3', 'rv32imc'];

/** Everything that the coefficients of a processor are fitted on. */
export function trainingSet(cpu: CountedCpu): readonly Training[] {
  const all = allTraining();
  if (!withoutFloats.includes(cpu)) return all;
  return all.filter(({ name }) => !isFloating.test(name) || fewFloats.includes(name));
}

function allTraining(): readonly Training[] {
  const synthetic = syntheticGraphs();
  return [
    ...synthetic.map(({ name, graph }) => ({ name, package: () => packaged(name, graph, null) })),
    ...forms.flatMap(([form, of]) => {
      const found = synthetic.find(({ name }) => name === of);
      return found === undefined ? [] : [inForm(form, found.graph, `${of} ${form}`)];
    }),
    ...chainGraphs().map(({ name, graph }) => ({ name, package: () => packaged(name, graph, balancedPlan) })),
    ...models.flatMap((model) => {
      const file = locate(`models/tflite/${model}.tflite`);
      return file === undefined ? [] : [{ name: model, package: () => packaged(model, imported(file), balancedPlan) }];
    }),
    ...int16Layers(),
    ...int4Layers(),
  ];
}

function inForm(form: KernelForm, graph: Graph, name: string): Training {
  const choices = new Map(graph.nodes.map((_, i) => [i, { form, pixels: null }] as const));
  return { name, package: () => packaged(name, graph, null, choices) };
}

function imported(file: string): Graph {
  return optimizeGraph(importModel(new Uint8Array(readFileSync(file)), basename(file))).graph;
}

/** Layers with weights of 4 bits, with a multiplier for all inputs and for some. */
function int4Layers(): readonly Training[] {
  return ([null, 32, 16] as const).map((group) => {
    const name = `int4 ${group ?? 'all'}`;
    return { name, package: () => packaged(name, int4Case(group, group === 16 ? 'single' : 'exact').graph, null) };
  });
}

/** Layers of int16 data of a published network, in packages of a few. */
function int16Layers(): readonly Training[] {
  const folder = locate('models/tflite_cases');
  if (folder === undefined) return [];
  const files = readdirSync(folder).flatMap((name) => {
    const file = readdirSync(join(folder, name)).find((path) => path.endsWith('.tflite'));
    return file === undefined ? [] : [join(folder, name, file)];
  });
  const packs = Array.from({ length: 4 }, (_, i) => files.filter((__, k) => k % 4 === i));
  return packs.map((pack, i) => {
    const name = `int16 ${i}`;
    const cases = () => pack.map((file) => ({ name: file, graph: imported(file), inputs: [] }));
    return { name, package: () => packaged(name, joined(name, cases()).graph, null) };
  });
}

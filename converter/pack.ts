import { type CPackageUse, packageUse, useOf } from './backends/c/footprint.ts';
import { cKernelNeeds, cProblems } from './backends/c/kernels.ts';
import { checkPrefix, prefixFrom } from './backends/c/names.ts';
import { type CPackFiles, emitPack } from './backends/c/pack/emit.ts';
import { type CPackModel, packModel } from './backends/c/pack/model.ts';
import { floatTolerance } from './compare.ts';
import type { Graph } from './ir/graph.ts';
import { generator } from './manifest.ts';
import { goldenVectors, type PackageOptions } from './package-options.ts';
import { selectKernels, storedC } from './pipeline.ts';
import { planTogether, type Sharing } from './plan/joint.ts';
import { balancedPlan } from './plan/options.ts';
import { planProgram } from './plan/plan-program.ts';
import type { Program } from './plan/program.ts';
import { type Problem, ProblemError } from './problem.ts';

/** A model of a pack: an optimized graph, and what its own package would be made with. */
export interface PackedModel {
  readonly graph: Graph;
  readonly options: PackageOptions;
}

/** How models are put together. */
export interface PackChoice {
  readonly sharing: Sharing;
  /** Concurrent: inputs stay while other models run. */
  readonly keepInputs: boolean;
}

/** A pack, with what each of its models would take alone. */
export interface CPack extends CPackFiles {
  readonly prefix: string;
  readonly model: CPackModel;
  /** In the order of the models. */
  readonly alone: readonly CPackageUse[];
  readonly joint: CPackageUse;
}

/**
 * One C package of several models, in one arena. `options` are those of the pack: its name, command line and processor.
 *
 * @throws ProblemError with every step that has no C kernel, names that clash, and models that keep state or a frame in an exclusive pack
 */
export function packToC(models: readonly PackedModel[], choice: PackChoice, options: PackageOptions): CPack {
  const prefix = prefixFrom(options.name);
  const prefixes = models.map((model) => prefixFrom(model.options.name));
  for (const one of [prefix, ...prefixes]) checkPrefix(one);
  const stored = models.some(({ graph }) => [...graph.storage.values()].some(({ kind }) => kind !== 'int4'));
  const named = [...nameProblems(prefix, prefixes), ...(stored ? [storedC] : [])];
  if (named.length > 0) throw new ProblemError(named);
  const planned = models.map(({ graph, options: own }) => planProgram(graph, cKernelNeeds, own.plan ?? balancedPlan));
  const faults = planned.flatMap(({ program }, i) => [
    ...cProblems(program),
    ...(choice.sharing === 'exclusive' ? exclusiveProblems(program, prefixes[i] ?? '') : []),
  ]);
  if (faults.length > 0) throw new ProblemError(faults);
  const joint = planTogether(planned, choice.sharing, choice.keepInputs);
  const members = models.map(({ graph, options: own }, i) => {
    const { program, plan } = planned[i] ?? { program: undefined, plan: undefined };
    if (program === undefined) throw new RangeError('a model is not planned');
    const kernels = selectKernels(program, joint.plans[i] ?? plan, own);
    const vectors = goldenVectors(graph, own.selfTestVectors);
    const cOptions = { ...own, prefix: prefixes[i] ?? '', vectors, tolerance: floatTolerance, kernels };
    return { program, choices: kernels.choices, options: cOptions };
  });
  const model = packModel(members, prefix, joint, choice.sharing, choice.keepInputs);
  const [first] = members;
  if (first === undefined) throw new RangeError('a pack has at least one model');
  const { commandLine, toolVersion, cpu } = options;
  const packOptions = { ...first.options, prefix, commandLine, toolVersion, cpu, modelSha256: null, labels: null };
  const files = emitPack(model, packOptions, { generator: generator(toolVersion) });
  const alone = planned.map(({ program, plan }, i) => packageUse(program, plan, members[i]?.choices, cpu));
  return { ...files, ...{ prefix, model, alone }, joint: useOf(model.shared, cpu) };
}

function nameProblems(prefix: string, prefixes: readonly string[]): readonly Problem[] {
  const twice = [...new Set(prefixes.filter((one, i) => prefixes.indexOf(one) !== i))];
  const advice = 'name the models: pack left=a.tflite right=b.tflite';
  const clash = prefixes.find((one) => one === prefix || one.startsWith(`${prefix}_`));
  return [
    ...twice.map((name) => {
      return {
        code: 'pack-name',
        where: `model ${name}`,
        what: 'two models have this name, and their C functions would',
        advice,
      };
    }),
    ...(clash === undefined
      ? []
      : [
          {
            code: 'pack-name',
            where: `model ${clash}`,
            what: `its C names could be those of the pack "${prefix}"`,
            advice: 'choose another --name for the pack',
          },
        ]),
  ];
}

/** Models that remember lose what they remember when another one uses their arena. */
function exclusiveProblems({ states, fed }: Program, name: string): readonly Problem[] {
  const where = `model ${name}`;
  const advice = 'use --concurrent, which keeps it, or a pack without this model';
  if (states.length > 0) {
    const kept = `it keeps ${states.length === 1 ? 'a state' : `${states.length} states`} from run to run`;
    return [
      { code: 'pack-exclusive', where, what: `${kept}, which the other models of an exclusive pack overwrite`, advice },
    ];
  }
  if (fed === null) return [];
  const what =
    'its input comes row by row, and the rows that it keeps are lost when another model runs between two of them';
  return [{ code: 'pack-exclusive', where, what, advice }];
}

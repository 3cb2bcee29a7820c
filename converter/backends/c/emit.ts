import type { MemoryPlan } from '../../plan/plan.ts';
import type { Program } from '../../plan/program.ts';
import { ProblemError } from '../../problem.ts';
import { type Artifact, piecewiseArtifact, textArtifact } from '../artifact.ts';
import { type InstructionEntry, instructionEntry } from './counts/entry.ts';
import { publicHeader } from './files/header.ts';
import { layersHeader, layersSource, weightsSource } from './files/layers.ts';
import { manifest } from './files/manifest.ts';
import { programSource } from './files/program.ts';
import { cmakeLists, LICENSE, readme } from './files/project.ts';
import { selftestSource } from './files/selftest.ts';
import { cProblems } from './kernels.ts';
import { packageFacts } from './layouts/facts.ts';
import { layoutFiles } from './layouts/index.ts';
import { singleHeader } from './layouts/single-header.ts';
import { type CMemoryUse, memoryUse } from './memory-use.ts';
import { checkPrefix } from './names.ts';
import { avrProblems } from './narrow/avr.ts';
import { narrowFiles } from './narrow/files.ts';
import type { COptions, PackageEstimate } from './options.ts';
import { type CPackageModel, packageModel } from './package.ts';
import { profileText, supportText, withIncludes } from './support.ts';

/** The files of a package, and the memory that it takes. */
export interface CPackageFiles {
  readonly files: readonly Artifact[];
  readonly memory: CMemoryUse;
  /** Predicted instructions of a run; null where they were not asked for, or are not known. */
  readonly instructions: InstructionEntry | null;
}

/**
 * The C99 package of a program and its plan. The same program, plan and options give the same bytes.
 * `entries` are more entries for `thimble.json`; with `predict` it has the instructions of a run, too. `estimateOf` tells of a run on the
 * target that the package is made for.
 *
 * Throws ProblemError with all steps that have no C kernel, or for a prefix that is no C name.
 */
export function emitPackage(
  program: Program,
  plan: MemoryPlan,
  options: COptions,
  entries: Readonly<Record<string, unknown>> = {},
  predict = false,
  estimateOf: ((model: CPackageModel) => PackageEstimate | null) | null = null,
): CPackageFiles {
  checkPrefix(options.prefix);
  const problems = cProblems(program);
  if (problems.length > 0) throw new ProblemError(problems);
  const model = packageModel(program, plan, options.prefix, options.kernels.choices);
  const estimated = estimateOf === null ? options : { ...options, estimate: estimateOf(model) };
  return packageFiles(model, estimated, entries, predict, { source: '', files: [] });
}

/** What a package has beside the usual files. */
export interface MoreCode {
  /** Behind the text of `src/<m>.c`. */
  readonly source: string;
  readonly files: readonly Artifact[];
}

/** The package of a model whose layers are emitted. */
export function packageFiles(
  model: CPackageModel,
  options: COptions,
  entries: Readonly<Record<string, unknown>>,
  predict: boolean,
  more: MoreCode,
): CPackageFiles {
  const { program } = model;
  const m = options.prefix;
  const onAvr = options.cpu === 'avr' ? avrProblems(program, model.plan, model.tables) : [];
  if (onAvr.length > 0) throw new ProblemError(onAvr);
  const whole = [
    text(`include/${m}.h`, publicHeader(model, options)),
    text(`src/${m}.c`, `${programSource(model, options)}${more.source}`),
    text(`src/${m}_layers.c`, layersSource(model, options)),
    text(`src/${m}_layers.h`, layersHeader(model, options)),
    piecewiseArtifact(`src/${m}_weights.c`, weightsSource(model, options)),
    ...withIncludes(model.headers).map((header) => text(`src/${m}_${header}`, supportText(header, m))),
    text(`test/${m}_selftest.c`, selftestSource(model, options)),
    text(`test/${m}_profile.c`, profileText(m, program.steps.length)),
    text('CMakeLists.txt', cmakeLists(model, options.layouts)),
    text('README.md', readme(model, options)),
    text('LICENSE', LICENSE),
    ...more.files,
  ];
  const narrowed = options.cpu === null ? whole : narrowFiles(whole, m, options.cpu);
  const facts = packageFacts(model, options);
  const single = options.singleHeader
    ? [textArtifact(`single/${m}_single.h`, singleHeader(m, facts.sources, narrowed))]
    : [];
  const files = [...narrowed, ...layoutFiles(options.layouts, facts), ...single];
  const instructions = predict ? instructionEntry(model, options.cpu) : null;
  const { estimate = null } = options;
  const told = {
    ...entries,
    ...(instructions === null ? {} : { instructions }),
    ...(estimate === null ? {} : { estimate: estimate.entry }),
  };
  const all = [...files, text('thimble.json', manifest(model, options, files, told))];
  return { files: all, memory: memoryUse(model, options.cpu), instructions };
}

/** A file of text that ends in one newline. */
export function text(path: string, contents: string): Artifact {
  return textArtifact(path, `${contents.trimEnd()}\n`);
}

/** The files of {@link emitPackage}. */
export function emitC(...given: Parameters<typeof emitPackage>): readonly Artifact[] {
  return emitPackage(...given).files;
}

import type { MemoryPlan } from '../../../plan/plan.ts';
import type { ConstantOperand, Program, Step } from '../../../plan/program.ts';
import { InternalError, type Problem, ProblemError } from '../../../problem.ts';
import type { KernelChoice, KernelChoices } from '../choice.ts';
import { type CPackageFiles, packageFiles, text } from '../emit.ts';
import { arenaChecks } from '../files/feed.ts';
import { fileHead } from '../files/head.ts';
import { places, runStatements } from '../files/program.ts';
import { streamFunctions } from '../files/streams.ts';
import type { CLayer, KernelContext } from '../kernel.ts';
import { cProblems, layerOf } from '../kernels.ts';
import { LayerPool } from '../layers.ts';
import { checkPrefix } from '../names.ts';
import type { COptions } from '../options.ts';
import { type CPackageModel, packageModelIn } from '../package.ts';
import { c } from '../quote.ts';
import { tableBytes } from '../table.ts';
import { nestedLayer } from './layer.ts';

/** The program of one width, planned. */
export interface CWidth {
  /** How it is called in comments: `0.25`. */
  readonly name: string;
  readonly program: Program;
  readonly plan: MemoryPlan;
}

/**
 * The C99 package of a model of several widths, in one arena and on one set of weights: that of the whole model, with
 * `<m>_run_width(arena, width)` beside `<m>_run(arena)`, which is the last width.
 *
 * `thimble.json` tells of each width its arena, its work and the bytes of tables that it does not share (`nested`).
 *
 * int8 convolutions and matrix products take the looped kernels of small.h and nested.h, which read a width's weights where those of the
 * whole model lie; layers without that form have tables of their own for each width.
 *
 * @param widths from the narrowest to the whole model
 * @param entries more entries for `thimble.json`
 * Throws ProblemError with what has no C kernel, and for models with state.
 */
export function emitNestedPackage(
  widths: readonly CWidth[],
  options: COptions,
  entries: Readonly<Record<string, unknown>> = {},
): CPackageFiles {
  checkPrefix(options.prefix);
  const whole = widths.at(-1);
  if (whole === undefined) throw new InternalError('a nested model has at least one width');
  const single = options.singleHeader ? [singleHeaderProblem] : [];
  const problems = [...cProblems(whole.program), ...widthProblems(whole.program), ...single];
  if (problems.length > 0) throw new ProblemError(problems);
  const layers = new LayerPool(options.prefix);
  const model = (width: CWidth) =>
    packageModelIn(
      layers,
      width.program,
      width.plan,
      options.prefix,
      smallChoices(width.program),
      nestedLayers(whole.program),
    );
  const first = model(whole);
  const narrower = widths.slice(0, -1).map((width, i) => {
    return { ...width, model: { ...model(width), streamStem: `stream_of_width_${i}` } };
  });
  const models = [first, ...narrower.map((width) => width.model)];
  const ownBytes = (model: CPackageModel, before: CPackageModel) => bytesOf(model) - bytesOf(before);
  const nested = narrower.map(({ name, plan, model }, i) => {
    const ownTableBytes = ownBytes(model, narrower[i - 1]?.model ?? first);
    return { name, arenaBytes: plan.arenaBytes, macs: model.macs, ownTableBytes };
  });
  const shared: CPackageModel = {
    ...first,
    // Planning is a search: a narrower program may, rarely, get a larger arena.
    plan: { ...whole.plan, arenaBytes: Math.max(...widths.map(({ plan }) => plan.arenaBytes)) },
    functions: layers.functions(),
    tables: layers.tables.all(),
    headers: [...new Set(models.flatMap(({ headers }) => headers))],
    systemHeaders: [...new Set(models.flatMap(({ systemHeaders }) => systemHeaders))].sort(),
    usesMath: models.some(({ usesMath }) => usesMath),
    sram: models.map(({ sram }) => sram).reduce((a, b) => (b.stackBytes > a.stackBytes ? b : a)),
  };
  const header = text(`include/${options.prefix}_widths.h`, widthsHeader(shared, options, widths));
  const source = `\n${widthsSource(shared, narrower)}`;
  const told = { ...entries, nested: { sharedTableBytes: bytesOf(first), widths: nested } };
  return packageFiles(shared, options, told, false, { source, files: [header] });
}

const singleHeaderProblem: Problem = {
  code: 'nested-single-header',
  where: '--single-header',
  what: 'the functions of several widths are not in the one header',
  advice: 'leave the option out, and add src/ and include/ to your build',
};

/** Bytes of the tables of all programs that were emitted so far. */
function bytesOf({ tables }: CPackageModel): number {
  return tables.reduce((sum, { table }) => sum + tableBytes(table), 0);
}

/** What a model must not have to be there in several widths. */
function widthProblems(program: Program): readonly Problem[] {
  const where = '--nested';
  const advice = 'convert each width on its own';
  if (program.states.length > 0)
    return [
      { code: 'nested-state', where, what: 'the model remembers what each width would remember otherwise', advice },
    ];
  const real = program.steps.find(
    ({ op, inputs }) => 'hybrid' in op.attributes && inputs.some((input) => input.type.dtype === 'float32'),
  );
  if (real !== undefined) {
    const what = `${real.name} has real weights, which each width would have anew`;
    return [{ code: 'nested-float', where, what, advice: 'quantize the model: --quantize int8' }];
  }
  if (program.fed !== null) {
    const what = 'input by rows is not there in several widths';
    return [{ code: 'nested-feed', where, what, advice: 'leave --feed-rows out' }];
  }
  const offset = program.steps.find(({ inputs: [, weights] }) => weights?.kind === 'constant' && hasZeroPoint(weights));
  if (offset === undefined) return [];
  // They have no looped form: see small.h.
  const what = `weights of ${offset.name} have a zero point, as those of uint8 models do, so that each width would have weights of its own`;
  const better = 'convert to WASM, where widths share them, or quantize the float model: --quantize int8';
  return [{ code: 'nested-zero-point', where, what, advice: better }];
}

function hasZeroPoint({ type: { dtype, quantization } }: ConstantOperand): boolean {
  if (dtype !== 'int8') return false;
  if (quantization.kind === 'per-tensor') return quantization.zeroPoint !== 0;
  return quantization.kind === 'per-channel' && quantization.zeroPoints.some((zero) => zero !== 0);
}

const small: KernelChoice = { form: 'small', pixels: null };

function smallChoices({ steps }: Program): KernelChoices {
  return new Map(steps.map(({ index }) => [index, small]));
}

/** Layers of a width, on the tables of the whole program's step of the same name. */
function nestedLayers(whole: Program): (step: Step, context: KernelContext) => CLayer {
  return (step, context) => {
    const own = layerOf(step, context);
    const other = whole.steps.find(({ name, op }) => name === step.name && op.type === step.op.type);
    return other === undefined ? own : nestedLayer(own, layerOf(other, { ...context, spareBytes: 0 }));
  };
}

function widthsHeader(model: CPackageModel, options: COptions, widths: readonly CWidth[]): string {
  const m = model.prefix;
  const M = m.toUpperCase();
  return c`
    ${fileHead(model, options, 'The widths of the model: smaller networks on the same weights, in the same arena.')}
    #ifndef ${M}_WIDTHS_H
    #define ${M}_WIDTHS_H

    #ifdef __cplusplus
    extern "C" {
    #endif

    /* Widths, from the narrowest; the last one is the whole model. */
    ${widths.map(({ name, plan }, i) => `/* ${i}: ${name}, ${plan.arenaBytes} bytes of the arena */`)}
    #define ${M}_WIDTHS ${widths.length}

    /* There is no such width. */
    #define ${M}_ERROR_WIDTH 5

    /* As ${m}_run, for one width. */
    int ${m}_run_width(void *arena, int width);

    /* Where input and output \`index\` of a width lie in the arena; NULL where there is none. Not the same for all widths. */
    void *${m}_input_width(void *arena, int width, int index);
    const void *${m}_output_width(const void *arena, int width, int index);

    #ifdef __cplusplus
    }
    #endif

    #endif
  `;
}

interface EmittedWidth extends CWidth {
  readonly model: CPackageModel;
}

function widthsSource(whole: CPackageModel, narrower: readonly EmittedWidth[]): string {
  const m = whole.prefix;
  const M = m.toUpperCase();
  const last = narrower.length;
  const choose = (what: 'input' | 'output', type: string) => {
    const cases = narrower.map((_, i) => `case ${i}:\n    return ${m}_${what}_of_width_${i}(arena, index);`);
    return c`
      ${type} *${m}_${what}_width(${type.startsWith('const') ? 'const void' : 'void'} *arena, int width, int index)
      {
          switch (width) {
          ${cases}
          case ${last}:
              return ${m}_${what}(arena, index);
          default:
              return NULL;
          }
      }
    `;
  };
  return c`
    #include "${m}_widths.h"

    ${narrower.map((width, i) => widthFunctions(width, i)).join('\n\n')}

    int ${m}_run_width(void *arena, int width)
    {
        ${arenaChecks(M)}
        switch (width) {
        ${narrower.map((_, i) => `case ${i}:\n    ${m}_run_of_width_${i}(bytes);\n    return ${M}_OK;`)}
        case ${last}:
            return ${m}_run(arena);
        default:
            return ${M}_ERROR_WIDTH;
        }
    }

    ${choose('input', 'void')}

    ${choose('output', 'const void')}
  `;
}

function widthFunctions({ name, model }: EmittedWidth, index: number): string {
  const m = model.prefix;
  return c`
    /* Width ${index}: ${name}. */
    ${streamFunctions(model)}
    static void ${m}_run_of_width_${index}(unsigned char *bytes)
    {
        ${model.work.length === 0 ? '(void)bytes;' : runStatements(model)}
    }

    static void *${m}_input_of_width_${index}(void *arena, int index)
    {
        ${places('unsigned char', model.program.inputs, model)}
    }

    static const void *${m}_output_of_width_${index}(const void *arena, int index)
    {
        ${places('const unsigned char', model.program.outputs, model)}
    }
  `;
}

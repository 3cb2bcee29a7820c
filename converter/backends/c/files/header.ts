import type { ProgramPort } from '../../../plan/program.ts';
import { elementCount, formatShape } from '../../../tensor/shape.ts';
import { byteSize, formatType, type TensorType } from '../../../tensor/tensor.ts';
import { banksHeaderText } from '../banks.ts';
import { commentText, floatLiteral, stringLiteral } from '../literal.ts';
import { memoryUse } from '../memory-use.ts';
import { distinctIdentifiers } from '../names.ts';
import { elementType } from '../operand.ts';
import type { COptions } from '../options.ts';
import type { CPackageModel } from '../package.ts';
import { c } from '../quote.ts';
import { wrapWords } from '../wrap.ts';
import { type FeedWork, feedDeclarations, feedMacros, feedWork } from './feed.ts';
import { fileHead } from './head.ts';
import { realValueText } from './real-values.ts';

/** `include/<m>.h`: all that a user of the package reads. */
export function publicHeader(model: CPackageModel, options: COptions): string {
  const m = model.prefix;
  const M = m.toUpperCase();
  const { inputs, outputs } = model.program;
  const work = feedWork(model);
  return c`
    ${fileHead(model, options, `The model "${commentText(model.program.name)}" as a C function.`)}
    #ifndef ${M}_H
    #define ${M}_H

    #include <stdint.h>

    #ifdef __cplusplus
    extern "C" {
    #endif

    /* ---- Memory ---------------------------------------------------------------------------- */

    /* All memory that the model needs, inputs and outputs included; give it to every function below. */
    #define ${M}_ARENA_BYTES ${model.plan.arenaBytes}
    #define ${M}_ARENA_ALIGN ${model.plan.arenaAlignment}
    ${stateSize(model)}
    ${banksText(model)}

    ${stackSize(model)}
    ${estimateText(options)}

    /* ---- Running --------------------------------------------------------------------------- */

    ${work === null ? runDeclaration(model) : feedDeclarations(model, work, keptText(model))}
    ${resetDeclaration(model, work === null ? `${m}_run` : `${m}_begin`)}

    ${work === null ? portDeclarations(m) : outputDeclaration(m)}

    /* Version of the generator and name of the model. */
    const char *${m}_version(void);

    /* ---- Inputs ---------------------------------------------------------------------------- */

    #define ${M}_INPUT_COUNT ${inputs.length}

    ${work === null ? ports(inputs, m, 'input') : inputs.map((port) => fedPortText(port, m, work))}

    /* ---- Outputs ---------------------------------------------------------------------------- */

    #define ${M}_OUTPUT_COUNT ${outputs.length}

    ${ports(outputs, m, 'output')}

    ${labelTable(options.labels, m)}

    #ifdef __cplusplus
    }
    #endif

    #endif
  `;
}

/** How long a run takes on the target that the package is made for; empty without one. */
function estimateText({ estimate = null }: COptions): string {
  return estimate === null ? '' : `\n${wrapWords(`${commentText(estimate.sentence)} */`, '/* ', ' * ')}`;
}

function runDeclaration(model: CPackageModel): string {
  const m = model.prefix;
  const M = m.toUpperCase();
  return c`
    /* What ${m}_run returns. */
    enum ${m}_status {
        ${M}_OK = 0,
        ${M}_ERROR_NULL_ARENA = 1,       /* arena is NULL */
        ${M}_ERROR_MISALIGNED_ARENA = 2  /* arena is not a multiple of ${M}_ARENA_ALIGN */
    };

    /* Reads the inputs and writes the outputs, both inside the arena. Inputs may be overwritten: fill
     * them again before the next run. ${keptText(model)} */
    int ${m}_run(void *arena);
  `;
}

function portDeclarations(m: string): string {
  return c`
    /* Where input, or output, number index lies; NULL for an index that there is not. */
    void *${m}_input(void *arena, int index);
    const void *${m}_output(const void *arena, int index);
  `;
}

function outputDeclaration(m: string): string {
  return c`
    /* Where output number index lies; NULL for an index that there is not. */
    const void *${m}_output(const void *arena, int index);
  `;
}

function stateSize({ prefix, plan }: CPackageModel): string {
  if (plan.stateBytes === 0) return '';
  return c`
    /* Bytes at the start of the arena that the model keeps from one run to the next. */
    #define ${prefix.toUpperCase()}_STATE_BYTES ${plan.stateBytes}
  `;
}

function banksText({ plan, prefix }: CPackageModel): string {
  const text = banksHeaderText(plan, prefix);
  return text === '' ? '' : `\n${text}`;
}

function stackSize(model: CPackageModel): string {
  const M = model.prefix.toUpperCase();
  const { stackBoundBytes, stackLayer, sramBytes, staticBytes } = memoryUse(model);
  const where = stackLayer === '' ? '' : ` Deepest in ${commentText(stackLayer)}.`;
  const functions =
    model.program.fed === null ? `${model.prefix}_run` : `${model.prefix}_feed_row and ${model.prefix}_run_rows`;
  const text = `An upper bound of the stack of ${functions} on Cortex-M3, M4, M7 and M33 with GCC, -O2 or -Os; interrupts
    excluded.${where} With it, ${staticBytes} bytes of variables and the arena the model takes ${sramBytes} bytes of SRAM. */`;
  return c`
    ${wrapWords(text.replace(/\s+/g, ' '), '/* ', ' * ')}
    #define ${M}_STACK_BYTES ${stackBoundBytes}
  `;
}

function keptText({ prefix, plan }: CPackageModel): string {
  if (plan.stateBytes === 0) return 'Nothing else needs to be kept in the arena between runs.';
  return `The first ${prefix.toUpperCase()}_STATE_BYTES bytes\n* are kept between runs.`;
}

function resetDeclaration({ prefix, plan }: CPackageModel, like: string): string {
  if (plan.stateBytes === 0) return '';
  const declaration = c`
    /* Gives the state what it holds at first. Call it before the first run, and whenever a new sequence of
     * inputs begins. Returns what ${like} returns for the same arena. */
    int ${prefix}_reset(void *arena);
  `;
  return `\n${declaration}`;
}

function ports(list: readonly ProgramPort[], m: string, direction: 'input' | 'output'): string {
  const aliases = distinctIdentifiers(list.map((port) => port.name));
  return list.map((port, index) => portText(port, index, aliases[index] ?? null, m, direction)).join('\n\n');
}

function portText(
  { name, operand: { type } }: ProgramPort,
  index: number,
  alias: string | null,
  m: string,
  direction: 'input' | 'output',
): string {
  const M = m.toUpperCase();
  const P = `${M}_${direction.toUpperCase()}_${index}`;
  const element = elementType(type);
  const pointer = direction === 'input' ? `${element} *` : `const ${element} *`;
  const argument = direction === 'input' ? 'void *arena' : 'const void *arena';
  const accessor = `${m}_${direction}_${index}`;
  const named = alias === null || alias === String(index) ? '' : `${m}_${direction}_${alias}`;
  return c`
    ${portMacros(name, type, P)}
    ${pointer}${accessor}(${argument});
    ${named === '' ? '' : `#define ${named}(arena) ${accessor}(arena)`}
    ${realValueText(type, m, direction, index)}
  `;
}

/** An input without a place in the arena. */
function fedPortText({ name, operand: { type } }: ProgramPort, m: string, work: FeedWork): string {
  const P = `${m.toUpperCase()}_INPUT_0`;
  return c`
    ${portMacros(name, type, P)}
    ${feedMacros(P, work)}
    ${realValueText(type, m, 'input', 0)}
  `;
}

function portMacros(name: string, type: TensorType, P: string): string {
  const q = type.quantization;
  const meaning = q.kind === 'per-tensor' ? '; real = scale * (stored - zero point)' : '';
  return c`
    ${wrapWords(`"${commentText(name)}": ${formatType(type)}${meaning} */`, '/* ', ' * ')}
    #define ${P}_BYTES ${byteSize(type)}
    #define ${P}_ELEMENTS ${elementCount(type.shape)}
    #define ${P}_RANK ${type.shape.length}
    #define ${P}_SHAPE {${type.shape.length === 0 ? '1' : type.shape.join(', ')}} /* ${formatShape(type.shape)} */
    ${q.kind === 'per-tensor' ? [`#define ${P}_SCALE ${floatLiteral(q.scale)}`, `#define ${P}_ZERO_POINT (${q.zeroPoint})`] : ''}
  `;
}

function labelTable(labels: readonly string[] | null, m: string): string {
  if (labels === null || labels.length === 0) return '';
  return c`
    /* Names of the classes of output 0. */
    #define ${m.toUpperCase()}_LABEL_COUNT ${labels.length}
    extern const char *const ${m}_labels[${m.toUpperCase()}_LABEL_COUNT];
  `;
}

/** The definition of the labels; empty without. */
export function labelDefinition(labels: readonly string[] | null, m: string): string {
  if (labels === null || labels.length === 0) return '';
  return c`
    const char *const ${m}_labels[${m.toUpperCase()}_LABEL_COUNT] = {
        ${labels.map((label) => `${stringLiteral(label)},`)}
    };
  `;
}

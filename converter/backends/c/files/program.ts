import { type MemoryPlan, operandOffset, planOfBank } from '../../../plan/plan.ts';
import type { ProgramPort } from '../../../plan/program.ts';
import { bankDefinitions } from '../banks.ts';
import { commentText, stringLiteral } from '../literal.ts';
import { elementType } from '../operand.ts';
import type { COptions } from '../options.ts';
import type { CallText, CPackageModel } from '../package.ts';
import { c } from '../quote.ts';
import { wrapCall, wrapWords } from '../wrap.ts';
import { arenaChecks, feedFunctions, feedWork } from './feed.ts';
import { fileHead } from './head.ts';
import { labelDefinition } from './header.ts';
import { streamCall, streamFunctions } from './streams.ts';

/** `src/<m>.c`: the memory map and one call per layer. */
export function programSource(model: CPackageModel, options: COptions): string {
  const m = model.prefix;
  const M = m.toUpperCase();
  const { inputs, outputs } = model.program;
  const work = feedWork(model);
  return c`
    ${fileHead(model, options, `Runs the model: one call per layer on one arena.`)}
    #include "${m}.h"
    #include "${model.libraryPrefix}_layers.h"

    #include <stddef.h>

    /*
     * Memory map of the arena: ${model.plan.arenaBytes} bytes; no plan of these layers is smaller than
     * ${model.plan.lowerBoundBytes} bytes${model.plan.banks.length > 1 ? ' in all' : ''}. Steps are half-open; step -1 is before the first layer.
     *
     ${memoryMap(planOfBank(model.plan, 0))}
     ${bankMaps(model.plan)}
     */

    #if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
    #define ${M}_CHECK(name, condition) _Static_assert(condition, #name)
    #else
    #define ${M}_CHECK(name, condition) typedef char ${m}_check_##name[(condition) ? 1 : -1]
    #endif

    ${M}_CHECK(byte_has_8_bits, (unsigned char)-1 == 255);
    ${M}_CHECK(float_has_4_bytes, sizeof(float) == 4);
    ${[...checks(inputs, 'input', M), ...checks(outputs, 'output', M)]}
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    #error "the inputs and outputs of this package are little-endian"
    #endif

    ${wrapWords(`With THIMBLE_PROFILE, or ${M}_PROFILE, the program that links this package is told when layers begin and end; test/${m}_profile.c counts the ticks of each. */`, '/* ', '   ')}
    #if defined(THIMBLE_PROFILE) || defined(${M}_PROFILE)
    #ifdef __cplusplus
    extern "C" {
    #endif
    void thimble_profile_begin(int layer);
    void thimble_profile_end(int layer);
    #ifdef __cplusplus
    }
    #endif
    #define ${M}_BEGIN(layer) thimble_profile_begin(layer)
    #define ${M}_LEAVE(layer) thimble_profile_end(layer)
    #else
    #define ${M}_BEGIN(layer) (void)0
    #define ${M}_LEAVE(layer) (void)0
    #endif

    ${wrapWords(`With THIMBLE_YIELD, or ${M}_YIELD, it is called between layers, to feed a watchdog or to let other tasks run. Its stack comes on top of ${M}_STACK_BYTES. */`, '/* ', '   ')}
    #if defined(THIMBLE_YIELD) || defined(${M}_YIELD)
    #ifdef __cplusplus
    extern "C" {
    #endif
    void thimble_yield(int layer);
    #ifdef __cplusplus
    }
    #endif
    #define ${M}_END(layer) (${M}_LEAVE(layer), thimble_yield(layer))
    #else
    #define ${M}_END(layer) ${M}_LEAVE(layer)
    #endif

    ${bankDefinitions(model.plan, m)}
    ${streamFunctions(model)}
    ${work === null ? runDefinition(model) : feedFunctions(model, work, workText(model, 1))}

    ${resetDefinition(model)}
    ${work === null ? inputDefinition(model) : ''}
    const void *${m}_output(const void *arena, int index)
    {
        ${places('const unsigned char', outputs, model)}
    }

    ${[
      ...(work === null ? inputs : []).map((port, i) => accessor(model, port, i, 'input')),
      ...outputs.map((port, i) => accessor(model, port, i, 'output')),
    ].join('\n\n')}

    const char *${m}_version(void)
    {
        return ${stringLiteral(`thimble ${options.toolVersion}, ${model.program.name}`)};
    }

    ${labelDefinition(options.labels, m)}
  `;
}

/** The statements of all layers. */
export function runStatements(model: CPackageModel): string {
  return workText(model, 0);
}

/** The body of a function of `arena` and `index` that gives the place of a port, or NULL where there is none of that index. */
export function places(type: string, ports: readonly ProgramPort[], model: CPackageModel): string {
  if (ports.length === 0) {
    return c`
      (void)arena;
      (void)index;
      return NULL;
    `;
  }
  return c`
    ${type} *const bytes = (${type} *)arena;
    switch (index) {
    ${ports.map((port, i) => `case ${i}:\n    return bytes + ${offset(model, port)};`)}
    default:
        return NULL;
    }
  `;
}

/** `<m>_reset`; empty for a model without state. */
function resetDefinition(model: CPackageModel): string {
  if (model.resets.length === 0) return '';
  const m = model.prefix;
  const M = m.toUpperCase();
  const definition = c`
    int ${m}_reset(void *arena)
    {
        ${arenaChecks(M)}

        ${model.resets}

        return ${M}_OK;
    }
  `;
  return `${definition}\n`;
}

function runDefinition(model: CPackageModel): string {
  const m = model.prefix;
  const M = m.toUpperCase();
  return c`
    int ${m}_run(void *arena)
    {
        ${arenaChecks(M)}

        ${model.work.length === 0 ? '(void)bytes;' : workText(model, 0)}

        return ${M}_OK;
    }
  `;
}

function inputDefinition(model: CPackageModel): string {
  const definition = c`
    void *${model.prefix}_input(void *arena, int index)
    {
        ${places('unsigned char', model.program.inputs, model)}
    }
  `;
  return `${definition}\n`;
}

/** The statements of all work from `first` on. */
function workText(model: CPackageModel, first: number): string {
  const texts = model.work.map((work, index) =>
    work.kind === 'call' ? callText(model, work) : streamCall(model, work, index),
  );
  return texts.slice(first).join('\n\n');
}

function callText({ prefix }: CPackageModel, { layer, description, call }: CallText): string {
  const M = prefix.toUpperCase();
  return c`
    ${wrapWords(`${description} */`, '/* ', ' * ', 4)}
    ${M}_BEGIN(${layer});
    ${wrapCall(call, 4)}
    ${M}_END(${layer});
  `;
}

/** The maps of the memories beside the arena. */
function bankMaps(plan: MemoryPlan): string[] {
  return plan.banks.slice(1).flatMap(({ name, usedBytes }, i) => {
    const head = `Memory map of ${commentText(name)}: ${usedBytes} bytes.`;
    return ['*', `* ${head}`, '*', memoryMap(planOfBank(plan, i + 1))];
  });
}

function memoryMap({ placements }: MemoryPlan): string {
  const rows = [...placements]
    .sort((a, b) => a.offset - b.offset || a.lifetime.start - b.lifetime.start)
    .map(({ buffer, lifetime, offset }) => {
      const place = `${offset}..${offset + buffer.bytes}`.padStart(16);
      const steps = `${lifetime.start}..${lifetime.end}`.padStart(9);
      return ` * ${place} ${steps}  ${buffer.kind.padEnd(10)}  ${commentText(JSON.stringify(buffer.name))}`;
    });
  return [` * ${'bytes'.padStart(16)} ${'steps'.padStart(9)}  ${'kind'.padEnd(10)}  tensor`, ...rows]
    .map((line) => line.slice(1))
    .join('\n');
}

function checks(list: readonly ProgramPort[], direction: 'input' | 'output', M: string): string[] {
  return list.map(({ operand: { type } }, i) => {
    const P = `${M}_${direction.toUpperCase()}_${i}`;
    return `${M}_CHECK(size_of_${direction}_${i}, ${P}_BYTES == ${P}_ELEMENTS * sizeof(${elementType(type)}));`;
  });
}

function offset({ plan }: CPackageModel, port: ProgramPort): number {
  return operandOffset(plan, port.operand);
}

function accessor(model: CPackageModel, port: ProgramPort, i: number, direction: 'input' | 'output'): string {
  const element = elementType(port.operand.type);
  const qualifier = direction === 'input' ? '' : 'const ';
  return c`
    ${qualifier}${element} *${model.prefix}_${direction}_${i}(${qualifier}void *arena)
    {
        return (${qualifier}${element} *)(${qualifier}void *)((${qualifier}unsigned char *)arena + ${offset(model, port)});
    }
  `;
}

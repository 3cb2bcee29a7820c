import { arenaChecks } from '../files/feed.ts';
import { fileHead } from '../files/head.ts';
import type { CMemoryUse } from '../memory-use.ts';
import type { COptions } from '../options.ts';
import type { CPackageModel } from '../package.ts';
import { c } from '../quote.ts';
import { wrapWords } from '../wrap.ts';
import type { CPackModel } from './model.ts';

/** `include/<pack>.h`: the arena of all models, and what may be done in which order. */
export function packHeader(pack: CPackModel, options: COptions, memory: CMemoryUse): string {
  const { shared, members, joint } = pack;
  const p = shared.prefix;
  const P = p.toUpperCase();
  const hasState = shared.resets.length > 0;
  return c`
    ${fileHead(shared, options, `${members.length} models in one arena.`)}
    #ifndef ${P}_H
    #define ${P}_H

    ${members.map(({ model }) => `#include "${model.prefix}.h"`)}

    #ifdef __cplusplus
    extern "C" {
    #endif

    ${wrapWords(`${sharingText(pack)} */`, '/* ', ' * ')}
    #define ${P}_ARENA_BYTES ${joint.arenaBytes}
    #define ${P}_ARENA_ALIGN ${joint.arenaAlignment}

    /* An upper bound of the stack, as that of each model. */
    #define ${P}_STACK_BYTES ${memory.stackBoundBytes}

    /* What the functions below return; a model's own errors are above. */
    enum ${p}_status {
        ${P}_OK = 0,
        ${P}_ERROR_NULL_ARENA = 1,      /* arena is NULL */
        ${P}_ERROR_MISALIGNED_ARENA = 2 /* arena is not a multiple of ${P}_ARENA_ALIGN */
    };

    ${hasState ? `/* Gives the state of every model what it holds at first. */\nint ${p}_reset(void *arena);\n` : ''}
    ${wrapWords(`Runs every model once on zeros, one after the other, to measure a round${fedNote(members)}. */`, '/* ', ' * ')}
    int ${p}_run(void *arena);

    #ifdef __cplusplus
    }
    #endif

    #endif
  `;
}

function fedNote(members: CPackModel['members']): string {
  const fed = members.filter(({ model }) => model.program.fed !== null).map(({ model }) => model.prefix);
  return fed.length === 0 ? '' : `; but ${fed.join(', ')}, whose input comes row by row`;
}

/** What the models may expect of each other, in words. */
export function sharingText({
  sharing,
  keepInputs,
  members,
}: Pick<CPackModel, 'sharing' | 'keepInputs' | 'members'>): string {
  const all = 'Give one array of this size to the functions of every model.';
  if (sharing === 'exclusive') {
    return `${all} One model is in use at a time: a run of one overwrites the inputs and outputs of the others, so read its outputs before.`;
  }
  const fed = members.some(({ model }) => model.program.fed !== null)
    ? ', and the frame that is being fed row by row'
    : '';
  const inputs = keepInputs
    ? 'Inputs stay until their own model runs.'
    : 'Inputs do not: fill those of a model just before it runs.';
  return `${all} State and outputs of each model stay while others run${fed}. ${inputs} Runs must not interrupt each other.`;
}

/** `src/<pack>.c`. */
export function packSource({ shared, members }: CPackModel, options: COptions): string {
  const p = shared.prefix;
  const P = p.toUpperCase();
  const hasState = ({ resets }: CPackageModel) => resets.length > 0;
  const stateful = members.filter(({ model }) => hasState(model));
  const whole = members.filter(({ model }) => model.program.fed === null);
  return c`
    ${fileHead(shared, options, 'What concerns all models of the pack.')}
    #include "${p}.h"

    #include <stddef.h>
    #include <string.h>

    ${
      stateful.length === 0
        ? ''
        : functionText(
            p,
            'reset',
            stateful.map(({ model }) => stepText(`${model.prefix}_reset(arena)`, model, P)),
          )
    }
    ${functionText(
      p,
      'run',
      whole.map(({ model }) => runText(model, P)),
    )}
  `;
}

function functionText(p: string, name: string, body: readonly string[]): string {
  const P = p.toUpperCase();
  const text = c`
    int ${p}_${name}(void *arena)
    {
        ${arenaChecks(P)}
        (void)bytes;

        ${body.join('\n')}
        return ${P}_OK;
    }
  `;
  return `${text}\n`;
}

/** A call that ends the function where it fails; the statuses of models count as those of the pack do. */
function stepText(call: string, { prefix }: CPackageModel, P: string): string {
  return `if (${call} != ${prefix.toUpperCase()}_OK) {\n    return ${P}_ERROR_NULL_ARENA;\n}`;
}

function runText(model: CPackageModel, P: string): string {
  const m = model.prefix;
  const M = m.toUpperCase();
  const clear = model.program.inputs.map((_, i) => `memset(${m}_input(arena, ${i}), 0, ${M}_INPUT_${i}_BYTES);`);
  return [...clear, stepText(`${m}_run(arena)`, model, P)].join('\n');
}

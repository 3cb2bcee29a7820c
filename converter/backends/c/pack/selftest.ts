import type { Tensor } from '../../../tensor/tensor.ts';
import { type FeedWork, feedWork } from '../files/feed.ts';
import { fileHead } from '../files/head.ts';
import { closeText, goldenTable } from '../files/selftest.ts';
import type { COptions, GoldenVector } from '../options.ts';
import type { CPackageModel } from '../package.ts';
import { c } from '../quote.ts';
import type { CPackModel } from './model.ts';

type Member = CPackModel['members'][number];

/**
 * `test/<pack>_selftest.c`: golden vectors of every model in the one arena. Exclusive models run one after the other; of concurrent ones the
 * outputs are compared when all have run, states go on, and frames that come row by row are fed one half before the others run and one half
 * after, so that what the plan keeps is put to the test.
 */
export function packSelftest(pack: CPackModel, options: COptions): string {
  const { shared, members } = pack;
  const p = shared.prefix;
  const P = p.toUpperCase();
  const rounds = Math.max(0, ...members.map(({ options: own }) => own.vectors.length));
  const usesFloat = members.some(({ options: own }) =>
    own.vectors.some(({ outputs }) => outputs.some(({ type }) => type.dtype === 'float32')),
  );
  return c`
    ${fileHead(shared, options, `Self test: ${rounds} inputs of each model with the outputs of the reference evaluator.`)}
    #include "${p}.h"

    #include <string.h>

    /* 0 when every model gives every golden output, else 1 + number of the first vector at fault. */
    int ${p}_selftest(void);

    /* The arena: an aligned array of the program's, where ${P}_SELFTEST_ARENA is its name; else one
     * of its own, whose first member aligns it. */
    #ifdef ${P}_SELFTEST_ARENA
    extern unsigned char ${P}_SELFTEST_ARENA[];
    #else
    static union {
        double align[(${P}_ARENA_ALIGN <= sizeof(double)) ? 1 : -1];
        unsigned char bytes[${P}_ARENA_BYTES > 0 ? ${P}_ARENA_BYTES : 1];
    } arena;
    #define ${P}_SELFTEST_ARENA arena.bytes
    #endif
    #define ARENA ${P}_SELFTEST_ARENA

    ${usesFloat ? `${closeText(options.tolerance)}\n` : ''}
    ${members.map(memberText).join('\n\n')}

    int ${p}_selftest(void)
    {
        ${shared.resets.length === 0 ? '' : `if (${p}_reset(ARENA) != ${P}_OK) {\n    return 1;\n}\n`}
        ${Array.from({ length: rounds }, (_, round) => roundText(pack, round)).join('\n\n')}

        return 0;
    }

    #ifdef ${P}_SELFTEST_MAIN
    #include <stdio.h>

    int main(void)
    {
        const int failed = ${p}_selftest();
        if (failed != 0) {
            printf("${p}: vector %d differs\\n", failed - 1);
            return 1;
        }
        printf("${p}: ${numbersOf(members).total} golden vectors agree\\n");
        return 0;
    }
    #endif
  `;
}

/** Numbers of the vectors: those of the first model, then those of the next. */
function numbersOf(members: readonly Member[]): { readonly starts: readonly number[]; readonly total: number } {
  let total = 0;
  const starts = members.map(({ options }) => {
    total += options.vectors.length;
    return total - options.vectors.length;
  });
  return { starts, total };
}

/** Phases of one round: what each model does before the next phase begins. */
function roundText({ sharing, keepInputs, members }: CPackModel, round: number): string {
  const { starts } = numbersOf(members);
  const step = (member: Member, index: number, phase: Phase): string[] => {
    const isThere = round < member.options.vectors.length && (phase !== 'end' || feedWork(member.model) !== null);
    if (!isThere) return [];
    const number = (starts[index] ?? 0) + round + 1;
    return [`if (!${phase}_${member.model.prefix}_${round}()) {\n    return ${number};\n}`];
  };
  const phases = (...list: readonly Phase[]) => list.flatMap((phase) => members.flatMap((m, i) => step(m, i, phase)));
  const texts =
    sharing === 'exclusive'
      ? members.flatMap((m, i) => (['fill', 'run', 'end', 'check'] as const).flatMap((phase) => step(m, i, phase)))
      : keepInputs
        ? phases('fill', 'run', 'end', 'check')
        : [
            ...members.flatMap((m, i) => (['fill', 'run'] as const).flatMap((phase) => step(m, i, phase))),
            ...phases('end', 'check'),
          ];
  return texts.join('\n');
}

type Phase = 'fill' | 'run' | 'end' | 'check';

function memberText({ model, options }: Member): string {
  return options.vectors.map((vector, i) => vectorText(model, vector, i)).join('\n\n');
}

function vectorText(model: CPackageModel, vector: GoldenVector, round: number): string {
  const m = model.prefix;
  const name = (direction: string, i: number) => `${m}_golden_${direction}_${round}_${i}`;
  const work = feedWork(model);
  const fill =
    work !== null
      ? []
      : vector.inputs.map(
          (_, i) => `memcpy(${m}_input(ARENA, ${i}), ${name('input', i)}, sizeof ${name('input', i)});`,
        );
  const run = work === null ? `return ${m}_run(ARENA) == ${m.toUpperCase()}_OK;` : beginText(m, name('input', 0));
  const same = ({ type, data }: Tensor, i: number) =>
    type.dtype === 'float32'
      ? `close_to(${m}_output_${i}(ARENA), ${name('output', i)}, ${data.length})`
      : `memcmp(${m}_output_${i}(ARENA), ${name('output', i)}, sizeof ${name('output', i)}) == 0`;
  return [
    ...vector.inputs.map((tensor, i) => goldenTable(name('input', i), tensor)),
    ...vector.outputs.map((tensor, i) => goldenTable(name('output', i), tensor)),
    ...(work === null || round > 0 ? [] : [feedText(m, work)]),
    phaseText('fill', m, round, [...fill, 'return 1;']),
    phaseText('run', m, round, [run]),
    ...(work === null ? [] : [phaseText('end', m, round, [endText(m, name('input', 0))])]),
    phaseText('check', m, round, [`return ${vector.outputs.map(same).join(' &&\n       ') || '1'};`]),
  ].join('\n\n');
}

function phaseText(phase: Phase, m: string, round: number, body: readonly string[]): string {
  return c`
    static int ${phase}_${m}_${round}(void)
    {
        ${body}
    }
  `;
}

/** Feeds rows of a frame; `last` is the status that the last of them gives. */
function feedText(m: string, { element }: FeedWork): string {
  const M = m.toUpperCase();
  return c`
    static int feed_${m}(const ${element} *input, int from, int to, int last)
    {
        for (int y = from; y < to; y++) {
            const int status = ${m}_feed_row(ARENA, input + y * ${M}_INPUT_0_ROW_ELEMENTS);
            if (status != (y == to - 1 ? last : ${M}_OK)) {
                return 0;
            }
        }
        return 1;
    }
  `;
}

function beginText(m: string, input: string): string {
  const M = m.toUpperCase();
  return `return ${m}_begin(ARENA) == ${M}_OK && feed_${m}(${input}, 0, ${M}_INPUT_0_ROWS / 2, ${M}_OK);`;
}

function endText(m: string, input: string): string {
  const M = m.toUpperCase();
  return `return feed_${m}(${input}, ${M}_INPUT_0_ROWS / 2, ${M}_INPUT_0_ROWS, ${M}_DONE);`;
}

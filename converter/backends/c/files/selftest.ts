import type { Tensor } from '../../../tensor/tensor.ts';
import { arenaSectionMacro } from '../banks.ts';
import { floatLiteral, literalsOf, wrapItems } from '../literal.ts';
import { elementType } from '../operand.ts';
import type { COptions, GoldenVector } from '../options.ts';
import type { CPackageModel } from '../package.ts';
import { c } from '../quote.ts';
import { feedWork } from './feed.ts';
import { fileHead } from './head.ts';

/** `test/<m>_selftest.c`: runs the model on golden inputs and compares with golden outputs. */
export function selftestSource(model: CPackageModel, options: COptions): string {
  const m = model.prefix;
  const M = m.toUpperCase();
  const { vectors } = options;
  const work = feedWork(model);
  const usesFloat = vectors.some(({ outputs }) => outputs.some(({ type }) => type.dtype === 'float32'));
  const helpers = [
    ...(usesFloat ? [closeText(options.tolerance)] : []),
    ...(work === null || vectors.length === 0 ? [] : [feedText(m, work.element)]),
  ];
  return c`
    ${fileHead(model, options, `Self test: ${vectors.length} inputs${model.resets.length === 0 ? '' : ', one after the other,'} with the outputs of the reference evaluator.`)}
    #include "${m}.h"

    #include <string.h>

    /* 0 when the model gives every golden output, else 1 + number of the first vector at fault. */
    int ${m}_selftest(void);

    /* The arena: an aligned array of the program's, where ${M}_SELFTEST_ARENA is its name; else one
     * of its own, whose first member aligns it. */
    #ifdef ${M}_SELFTEST_ARENA
    extern unsigned char ${M}_SELFTEST_ARENA[];
    #else
    static union {
        double align[(${M}_ARENA_ALIGN <= sizeof(double)) ? 1 : -1];
        unsigned char bytes[${M}_ARENA_BYTES > 0 ? ${M}_ARENA_BYTES : 1];
    } arena${arenaSection(model)};
    #define ${M}_SELFTEST_ARENA arena.bytes
    #endif

    ${vectors.flatMap((vector, i) => tablesOf(vector, i)).join('\n\n')}

    ${helpers.join('\n\n')}

    int ${m}_selftest(void)
    {
        ${model.resets.length === 0 ? '' : `if (${m}_reset(${M}_SELFTEST_ARENA) != ${M}_OK) {\n    return 1;\n}\n`}
        ${vectors.map((vector, i) => checkText(vector, i, m, work !== null)).join('\n\n')}

        return 0;
    }

    #ifdef ${M}_SELFTEST_MAIN
    #include <stdio.h>

    int main(void)
    {
        const int failed = ${m}_selftest();
        if (failed != 0) {
            printf("${m}: vector %d differs\\n", failed - 1);
            return 1;
        }
        printf("${m}: ${vectors.length} golden vectors agree\\n");
        return 0;
    }
    #endif
  `;
}

/** The section of the memory that the arena was planned for. */
function arenaSection({ plan, prefix }: CPackageModel): string {
  const macro = arenaSectionMacro(plan, prefix);
  return macro === null ? '' : ` ${macro}`;
}

function tablesOf({ inputs, outputs }: GoldenVector, vector: number): string[] {
  return [
    ...inputs.map((tensor, i) => goldenTable(`input_${vector}_${i}`, tensor)),
    ...outputs.map((tensor, i) => goldenTable(`output_${vector}_${i}`, tensor)),
  ];
}

/** The definition of a table of golden values. */
export function goldenTable(name: string, { type, data }: Tensor): string {
  const element = elementType(type);
  return [
    `static const ${element} ${name}[${data.length}] = {`,
    wrapItems(literalsOf(data, element === 'float'), '    '),
    '};',
  ].join('\n');
}

/** The definition of `close_to`. */
export function closeText(tolerance: number): string {
  return c`
    /* Whether a and b differ by at most ${tolerance} * (1 + |b|). */
    static int close_to(const float *a, const float *b, int count)
    {
        for (int i = 0; i < count; i++) {
            const float difference = a[i] < b[i] ? b[i] - a[i] : a[i] - b[i];
            const float magnitude = b[i] < 0.0f ? -b[i] : b[i];
            if (!(difference <= ${floatLiteral(tolerance)} * (1.0f + magnitude))) {
                return 0;
            }
        }
        return 1;
    }
  `;
}

/** Feeds all rows of an input, one by one. */
function feedText(m: string, element: string): string {
  const M = m.toUpperCase();
  return c`
    /* Whether the model takes all rows of an input, and is done with the last one. */
    static int feed(const ${element} *input)
    {
        if (${m}_begin(${M}_SELFTEST_ARENA) != ${M}_OK) {
            return 0;
        }
        for (int y = 0; y < ${M}_INPUT_0_ROWS; y++) {
            const int status = ${m}_feed_row(${M}_SELFTEST_ARENA, input + y * ${M}_INPUT_0_ROW_ELEMENTS);
            if (status != (y == ${M}_INPUT_0_ROWS - 1 ? ${M}_DONE : ${M}_OK)) {
                return 0;
            }
        }
        return ${m}_feed_row(${M}_SELFTEST_ARENA, input) == ${M}_ERROR_NO_ROW_WANTED;
    }
  `;
}

function checkText({ inputs, outputs }: GoldenVector, vector: number, m: string, isFed: boolean): string {
  const M = m.toUpperCase();
  const same = ({ type, data }: Tensor, i: number) => {
    const [actual, golden] = [`${m}_output_${i}(${M}_SELFTEST_ARENA)`, `output_${vector}_${i}`];
    if (type.dtype === 'float32') return `close_to(${actual}, ${golden}, ${data.length})`;
    return `memcmp(${actual}, ${golden}, sizeof ${golden}) == 0`;
  };
  const fill = (_: Tensor, i: number) =>
    `memcpy(${m}_input(${M}_SELFTEST_ARENA, ${i}), input_${vector}_${i}, sizeof input_${vector}_${i});`;
  const failed = isFed ? `!feed(input_${vector}_0)` : `${m}_run(${M}_SELFTEST_ARENA) != ${M}_OK`;
  return c`
    ${isFed ? '' : inputs.map(fill)}
    if (${failed}) {
        return ${vector + 1};
    }
    ${outputs.map((tensor, i) => [`if (!(${same(tensor, i)})) {`, `    return ${vector + 1};`, '}'].join('\n'))}
  `;
}

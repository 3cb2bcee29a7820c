import { int4Of, type ProgramPort } from '../../../plan/program.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { storageTexts } from '../../../tensor/weight-storage.ts';
import { arenaSectionMacro, extraBanks } from '../banks.ts';
import type { KernelForm } from '../choice.ts';
import { registerComponent } from '../layouts/esp-idf.ts';
import type { LayoutName } from '../layouts/names.ts';
import { memoryUse } from '../memory-use.ts';
import { librarySources } from '../names.ts';
import { type CpuName, requiredFeatures } from '../narrow/cpu.ts';
import { elementType } from '../operand.ts';
import type { COptions } from '../options.ts';
import type { CPackageModel } from '../package.ts';
import { c } from '../quote.ts';
import { feedWork } from './feed.ts';
import { realValueText } from './real-values.ts';

/** `CMakeLists.txt`: a static library, and the self test as a test; a component where ESP-IDF reads it. */
export function cmakeLists(
  { prefix: m, usesMath }: Pick<CPackageModel, 'prefix' | 'usesMath'>,
  layouts: readonly LayoutName[],
  sources: readonly string[] = librarySources(m),
): string {
  return c`
    # SPDX-License-Identifier: 0BSD
    cmake_minimum_required(VERSION 3.10)
    ${layouts.includes('esp-idf') ? registerComponent({ prefix: m, sources }) : ''}
    project(${m} LANGUAGES C)

    if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
      set(CMAKE_BUILD_TYPE Release)
    endif()

    add_library(${m} STATIC ${sources.join(' ')})
    target_include_directories(${m} PUBLIC include PRIVATE src)
    set_target_properties(${m} PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON)
    if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
      target_compile_options(${m} PRIVATE $<$<CONFIG:Release>:-O2>)
    endif()
    ${usesMath ? `if(UNIX)\n  target_link_libraries(${m} PUBLIC m)\nendif()` : ''}

    if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)
      enable_testing()
      add_executable(${m}_selftest test/${m}_selftest.c)
      target_compile_definitions(${m}_selftest PRIVATE ${m.toUpperCase()}_SELFTEST_MAIN)
      set_target_properties(${m}_selftest PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON)
      target_link_libraries(${m}_selftest PRIVATE ${m})
      add_test(NAME ${m}_selftest COMMAND ${m}_selftest)
    endif()
  `;
}

/** `README.md`: code that runs, memory, verification. */
export function readme(model: CPackageModel, options: COptions): string {
  const m = model.prefix;
  const M = m.toUpperCase();
  const work = feedWork(model);
  const [output] = model.program.outputs;
  const memory = memoryUse(model, options.cpu);
  const section = arenaSectionMacro(model.plan, m);
  return c`
    # ${m}

    The model "${model.program.name}" as C99: no heap, no runtime, no dependencies${model.usesMath ? ' but the mathematics library' : ''}. Made by
    \`${options.commandLine}\` (thimble ${options.toolVersion}).

    \`\`\`c
    #include "${m}.h"
    #include <stdio.h>

    static double arena[(${M}_ARENA_BYTES + 7) / 8]${section === null ? '' : ` ${section}`}; /* doubles align it */
    ${work === null ? '' : `static ${work.element} row[${M}_INPUT_0_ROW_ELEMENTS]; /* for a camera or a DMA channel */`}

    int main(void)
    {
        ${model.resets.length === 0 ? '' : `if (${m}_reset(arena) != ${M}_OK) return 1; /* before the first run */`}
        ${work === null ? runExample(model) : feedExample(model)}
        ${output === undefined ? '' : `const ${elementType(output.operand.type)} *y = ${m}_output_0(arena);`}
        ${output === undefined ? '' : `for (int i = 0; i < ${M}_OUTPUT_0_ELEMENTS; i++) printf("%g\\n", (double)${realOutput(output, m)});`}
        return 0;
    }
    \`\`\`

    ${preparation(options)}
    Quantized values stand for \`scale * (stored - zero point)\`; the header has the numbers of every input and output.

    | memory | bytes |
    |---|--:|
    | arena (${work === null ? 'inputs, outputs' : `${work.feed.keptRows} rows of the input, outputs`} and everything between; yours) | ${model.plan.arenaBytes} |
    ${model.plan.stateBytes === 0 ? '' : `| state, at the start of the arena, kept between runs | ${model.plan.stateBytes} |`}
    | lower bound of any plan of these layers | ${model.plan.lowerBoundBytes} |
    ${bankRows(model)}
    | variables${model.sram.staticBytes === 0 ? '' : ' (of the C library, newlib: `errno` of the mathematics functions)'} | ${model.sram.staticBytes} |
    | stack of a run, at most${memory.stackLayer === '' ? '' : `; deepest in ${cellText(memory.stackLayer)}`} | ${memory.stackBoundBytes} |
    | **SRAM in all: arena, variables, stack** | **${memory.sramBytes}** |
    ${work === null ? '' : `| the input, which comes row by row: in no memory as a whole (${work.feed.rows} x ${work.feed.rowBytes} = ${work.feed.rows * work.feed.rowBytes}) | 0 |`}
    | weights and tables (flash) | ${memory.constantBytes} |

    ${bankAdvice(model)}
    The stack is a bound for Cortex-M3, M4, M7 and M33 with GCC, -O2 or -Os, without interrupts and link-time optimization.

    ${model.program.steps.length} layers, ${model.macs} multiply-accumulates per run${output === undefined ? '' : `, ${elementCount(output.operand.type.shape)} values in output 0`}.${storedText(model)}${options.estimate === undefined || options.estimate === null ? '' : ` ${options.estimate.sentence}`}

    ${kernelTable(model, options)}
    ## Build and check

    ${options.cpu === null ? buildAdvice(M) : narrowAdvice(options.cpu)}

    The self test (\`test/${m}_selftest.c\`, \`int ${m}_selftest(void)\`) checks golden vectors (${options.vectors.length}) of thimble's reference evaluator:
    integers to the bit, float32 within ${options.tolerance}. Define \`THIMBLE_PROFILE\` and supply \`thimble_profile_begin(int layer)\` and
    \`thimble_profile_end(int layer)\` to be told when layers begin and end, or add \`test/${m}_profile.c\`, which counts the ticks of each
    layer: of DWT, SysTick, mcycle or a function of yours. Define \`THIMBLE_YIELD\` and supply \`thimble_yield(int layer)\`, which is called
    between layers, to feed a watchdog or to let other tasks run. Without the macros there is nothing of it in the code.

    Generated code: 0BSD, see LICENSE. The weights derive from your model and stay under its terms.
  `;
}

/** Element i of output 0 as a real number. */
function realOutput({ operand: { type } }: ProgramPort, m: string): string {
  return realValueText(type, m, 'output', 0) === '' ? 'y[i]' : `${m}_dequantize_output_0(y[i])`;
}

/** How inputs are prepared before they are quantized; empty where nothing is known. */
function preparation({ preprocessing }: COptions): string {
  if (preprocessing.length === 0) return '';
  const inputs = preprocessing.map(({ input, sentence }) => `\`${cellText(input)}\`: ${sentence}`);
  return `Inputs are made of files (pixels of 0 to 255, sound of -1 to 1) so; do the same on the device: ${inputs.join('; ')}.\n`;
}

/** How the layers are written that were chosen a form; empty where none was. */
function kernelTable({ program }: CPackageModel, { kernels: { choices, decisions } }: COptions): string {
  if (choices.size === 0) return '';
  const count = (instructions: number | null) => (instructions === null ? '' : String(instructions));
  const rows = decisions.flatMap((decision) => {
    const { layer, form, pixels, instructions, usualInstructions, tableBytes, usualTableBytes } = decision;
    if (!choices.has(layer)) return [];
    const kernel = `${formText[form]}${pixels === null ? '' : `, tiles of ${pixels}`}`;
    const name = cellText(program.steps[layer]?.name ?? '');
    const counts = `${count(instructions)} | ${count(usualInstructions)}`;
    return [`| ${layer} | ${name} | ${kernel} | ${counts} | ${tableBytes} | ${usualTableBytes} |`];
  });
  return c`
    ## Kernels

    Instructions are predicted for Armv7E-M, without finding the inputs; bytes are those of the tables of the layer.

    | layer | name | kernel | instructions | usually | bytes | usually |
    |--:|---|---|--:|--:|--:|--:|
    ${rows}
  `.concat('\n');
}

const formText: Readonly<Record<KernelForm, string>> = {
  bytes: 'weights of 8 bits',
  words: 'weights of 16 bits',
  small: 'one kernel for all',
};

/** Of weights of 4 bits. */
function storedText({ program }: CPackageModel): string {
  const texts = storageTexts(
    program.steps.flatMap((step) => {
      const storage = int4Of(step);
      return storage === null ? [] : [storage];
    }),
  );
  return texts.length === 0 ? '' : ` Weights of 4 bits: ${texts.join('; ')}.`;
}

/** How to compile a package for all processors. */
function buildAdvice(M: string): string {
  return c`
    \`cmake -B build && cmake --build build && ctest --test-dir build\`, or compile \`src/*.c\` with \`-Iinclude\`; -O2 is what the
    kernels are written for. Armv7E-M processors (Cortex-M4, M7, M33) get a few lines of assembly; define \`${M}_PORTABLE\` to do
    without. Results are the same bits everywhere.
  `;
}

/** How to compile a package that was narrowed. */
function narrowAdvice(cpu: CpuName): string {
  const needed = requiredFeatures(cpu).length > 0;
  return c`
    This package is narrowed to ${cpu} (\`--cpu\`): what other processors would get is left out.
    ${needed ? 'Compilers for a processor without its instructions, the one of your computer among them, refuse it.' : 'It holds no assembly of another one and compiles everywhere.'}
    Compile \`src/*.c\` with \`-Iinclude\` and -O2, which the kernels are written for.
  `;
}

/** The memories beside the arena as rows of the table. */
function bankRows({ plan, prefix }: CPackageModel): string[] {
  return extraBanks(plan, prefix).map(({ name, symbol, usedBytes }) => {
    return `| ${cellText(name)}, the static array \`${symbol}\` of the package | ${usedBytes} |`;
  });
}

/** Where everything belongs on the target that the package was made for; empty for an arena that may lie anywhere. */
function bankAdvice({ plan, prefix }: CPackageModel): string {
  const [arena] = plan.banks;
  if (arena === undefined) return '';
  const M = prefix.toUpperCase();
  const extra = extraBanks(plan, prefix);
  const place = (section: string | null) => (section === null ? 'where `.bss` goes' : `section \`${section}\``);
  const text = c`
    The arena was planned for ${cellText(arena.name)} (${place(arena.section)}${arena.section === null ? '' : `, \`${M}_ARENA_SECTION\``}).${arena.dma ? '' : ' DMA does not reach this memory: the processor has to copy the inputs.'}
    ${extra.map(({ name, symbol, section }) => `Hot buffers lie in ${cellText(name)}, \`${symbol}\` (${place(section)}${section === null ? '' : `; \`${symbol.toUpperCase()}_SECTION\` is the attribute, define it for another one`}).`)}
    ${extra.length === 0 ? '' : 'The section attributes are in effect in firmware alone, never under an operating system, and your linker script has to place the\nsections; their contents need no initialization (`NOLOAD`). The arrays are shared by all arenas: one run at a time.'}
  `;
  return `${text}\n`;
}

function runExample({ prefix: m, program }: CPackageModel): string {
  const M = m.toUpperCase();
  const [input] = program.inputs;
  return c`
    ${input === undefined ? '' : `${elementType(input.operand.type)} *x = ${m}_input_0(arena);`}
    ${input === undefined ? '' : `for (int i = 0; i < ${M}_INPUT_0_ELEMENTS; i++) x[i] = ${zeroInput(input, m)}; /* your data */`}
    if (${m}_run(arena) != ${M}_OK) return 1;
  `;
}

function feedExample({ prefix: m }: CPackageModel): string {
  const M = m.toUpperCase();
  return c`
    int status = ${m}_begin(arena);
    for (int y = 0; y < ${M}_INPUT_0_ROWS && status == ${M}_OK; y++) {
        for (int i = 0; i < ${M}_INPUT_0_ROW_ELEMENTS; i++) row[i] = 0; /* your row y */
        status = ${m}_feed_row(arena, row);
    }
    if (status != ${M}_DONE) return 1;
  `;
}

/** What input 0 stores for the real number 0. */
function zeroInput({ operand: { type } }: ProgramPort, m: string): string {
  return realValueText(type, m, 'input', 0) === '' ? '0' : `${m}_quantize_input_0(0.0f)`;
}

/** A name of the model in a cell of a Markdown table. */
function cellText(name: string): string {
  return `\`${name.replace(/[|`\n\r]/g, '?')}\``;
}

/** The 0BSD licence of everything generated. */
export const LICENSE = `BSD Zero Clause License (0BSD)

This covers the code of this package. The tables of weights derive from the user's model and stay under its terms.

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED
WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR
CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF
CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`;

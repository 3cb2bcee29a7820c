/**
 * The program that runs a C package once per sample: it reads the inputs from files, calls the package, writes the outputs
 * to files and prints one line of JSON per run. The same source serves the host and the emulator; `port.h` differs.
 *
 * The interface that it expects of a package `m`:
 *
 *     #define M_ARENA_BYTES, M_ARENA_ALIGN, M_INPUT_COUNT, M_OUTPUT_COUNT, M_INPUT_<i>_BYTES, M_OUTPUT_<i>_BYTES
 *     void *m_input(void *arena, int i);                where to write input i before a run
 *     int m_run(void *arena);                           0 = ok; may overwrite the inputs
 *     const void *m_output(const void *arena, int i);   where output i lies after a run
 *     #define M_STATE_BYTES, int m_reset(void *arena);  only for a model that keeps state at the start of its arena
 *
 * or, in the place of m_input and m_run, for a model whose one input comes row by row:
 *
 *     #define M_INPUT_0_ROWS, M_INPUT_0_TYPE
 *     int m_run_rows(void *arena, const M_INPUT_0_TYPE *input);   0 = ok
 *
 * Compiled with `THIMBLE_PROFILE` defined, `m_run` calls `void thimble_profile_begin(int layer)` before and
 * `void thimble_profile_end(int layer)` after each layer, 0 <= layer < 1024; the port provides both.
 */

/** What the harness is generated for. */
export interface HarnessShape {
  readonly prefix: string;
  readonly inputs: readonly { readonly bytes: number }[];
  readonly outputs: readonly { readonly bytes: number }[];
  /** Number of samples. */
  readonly runs: number;
}

/** The file that holds input `input` of run `run`. */
export function inputFile(run: number, input: number): string {
  return `in_${run}_${input}.bin`;
}

/** The file that output `output` of run `run` is written to. */
export function outputFile(run: number, output: number): string {
  return `out_${run}_${output}.bin`;
}

/** Exit codes of the harness itself; the package's own status is in the JSON line. */
export const HARNESS_NO_INPUT = 3;
export const HARNESS_NO_OUTPUT = 4;
export const HARNESS_NO_RESET = 5;

/** One line that the harness prints per run. */
export interface HarnessLine {
  readonly run: number;
  /** What `<m>_run`, or `<m>_run_rows`, returned. */
  readonly status: number;
  /** Deepest stack use of the run; 0 where it cannot be measured. */
  readonly stackBytes: number;
  /** Timer ticks of the run; 0 where there is no timer. */
  readonly ticks: number;
}

/** What every line for {@link parseHarnessLines} begins with; all else that a program prints passes through. */
const LINE_START = '@thimble ';

/** The lines of the runs, in order, and what else was printed. */
export function parseHarnessLines(text: string): { readonly lines: readonly HarnessLine[]; readonly rest: string } {
  const all = text.split('\n');
  const ours = all.filter((line) => line.startsWith(LINE_START));
  const lines = ours.map((line): HarnessLine => JSON.parse(line.slice(LINE_START.length)));
  return { lines, rest: all.filter((line) => !line.startsWith(LINE_START)).join('\n') };
}

/** The C source of the harness. */
export function harnessSource(shape: HarnessShape): string {
  const m = shape.prefix;
  const M = m.toUpperCase();
  const table = (name: string, ports: readonly { readonly bytes: number }[]) =>
    `static const uint32_t ${name}[${Math.max(1, ports.length)}] = {${ports.map(({ bytes }) => bytes).join(', ') || 0}};`;
  const check = (kind: 'INPUT' | 'OUTPUT', ports: readonly { readonly bytes: number }[]) =>
    [
      `#if ${M}_${kind}_COUNT != ${ports.length}`,
      `#error "the package does not have ${ports.length} ${kind.toLowerCase()}(s)"`,
      '#endif',
      ...ports.map(
        ({ bytes }, i) =>
          `typedef char ${kind.toLowerCase()}_${i}_check[(${M}_${kind}_${i}_BYTES) == ${bytes} ? 1 : -1];`,
      ),
    ].join('\n');
  return `/* Runs the package "${m}" once per sample. */
#include "${m}.h"
#include "port.h"

#include <stddef.h>
#include <stdint.h>

${check('INPUT', shape.inputs)}
${check('OUTPUT', shape.outputs)}

#define RUNS ${shape.runs}
#define INPUTS ${shape.inputs.length}
#define OUTPUTS ${shape.outputs.length}

${table('input_bytes', shape.inputs)}
${table('output_bytes', shape.outputs)}

#ifdef ${M}_STATE_BYTES
#define KEPT_BYTES (${M}_STATE_BYTES)
#else
#define KEPT_BYTES 0
#endif

#ifndef ARENA_SECTION
#define ARENA_SECTION
#endif
static uint8_t arena[(${M}_ARENA_BYTES) > 0 ? (${M}_ARENA_BYTES) : 1] __attribute__((aligned(${M}_ARENA_ALIGN))) ARENA_SECTION;

/* An input that comes row by row lies outside the arena, as if in flash or in a camera. */
#ifdef ${M}_INPUT_0_ROWS
#ifndef OUTSIDE_SECTION
#define OUTSIDE_SECTION
#endif
static ${M}_INPUT_0_TYPE outside[${M}_INPUT_0_ELEMENTS] OUTSIDE_SECTION;
#define INPUT(i) ((i) == 0 ? (void *)outside : NULL)

static int run_model(void *memory)
{
    return ${m}_run_rows(memory, outside);
}
#else
#define INPUT(i) ${m}_input(arena, (int)(i))
#define run_model ${m}_run
#endif

${FILE_NAME_SOURCE}
${REPORT_SOURCE}
int main(void)
{
    char name[32];
#ifdef ${M}_STATE_BYTES
    if (${m}_reset(arena) != 0) {
        return ${HARNESS_NO_RESET};
    }
#endif
    for (uint32_t run = 0; run < RUNS; run++) {
        for (uint32_t i = KEPT_BYTES; i < sizeof arena; i++) {
            arena[i] = 0x5A; /* nothing else may be left from the run before */
        }
        for (uint32_t i = 0; i < INPUTS; i++) {
            file_name(name, "in_", run, i);
            if (port_read_file(name, INPUT(i), input_bytes[i]) != 0) {
                return ${HARNESS_NO_INPUT};
            }
        }
        struct port_cost cost;
        const int status = port_call(run_model, arena, &cost);
        report(run, status, &cost);
        for (uint32_t i = 0; i < OUTPUTS; i++) {
            file_name(name, "out_", run, i);
            if (port_write_file(name, ${m}_output(arena, (int)i), output_bytes[i]) != 0) {
                return ${HARNESS_NO_OUTPUT};
            }
        }
    }
    return 0;
}
`;
}

const FILE_NAME_SOURCE = `static char *put_text(char *to, const char *text)
{
    while (*text != '\\0') {
        *to++ = *text++;
    }
    return to;
}

static char *put_number(char *to, uint32_t value)
{
    uint32_t unit = 1;
    while (value / unit >= 10u) {
        unit *= 10u;
    }
    for (; unit != 0; unit /= 10u) {
        *to++ = (char)('0' + value / unit % 10u);
    }
    return to;
}

/* "<start><run>_<index>.bin" */
static void file_name(char *to, const char *start, uint32_t run, uint32_t index)
{
    to = put_number(put_text(to, start), run);
    to = put_number(put_text(to, "_"), index);
    *put_text(to, ".bin") = '\\0';
}
`;

const REPORT_SOURCE = `static void report(uint32_t run, int status, const struct port_cost *cost)
{
    port_print("\\n${LINE_START}{\\"run\\":");
    port_print_u32(run);
    port_print(status < 0 ? ",\\"status\\":-" : ",\\"status\\":");
    port_print_u32(status < 0 ? 0u - (uint32_t)status : (uint32_t)status);
    port_print(",\\"stackBytes\\":");
    port_print_u32(cost->stack_bytes);
    port_print(",\\"ticks\\":");
    port_print_u32(cost->ticks);
    port_print("}\\n");
}
`;

import type { FirmwareModel } from './model.ts';

/** What every line for {@link parseVerdict} begins with. */
export const verdictMark = '@thimble ';

/** C types of the inputs that sample data are made up for; others, such as indices, stay zero. */
const sampled: Readonly<Record<string, string>> = {
  int8: 'int8_t',
  uint8: 'uint8_t',
  int16: 'int16_t',
  float32: 'float',
};

/**
 * The program of a firmware that has none of its own: the self test, one run on sample data with its cycles and its stack, and the
 * verdict as a line of JSON. Needs firmware.h.
 */
export function mainSource(model: FirmwareModel, board: string): string {
  const { prefix: m } = model;
  const M = m.toUpperCase();
  return `/* Runs the self test of "${m}", then the model once on sample data, and tells both over the serial line. */
#include "${m}.h"
#include "firmware.h"

int ${m}_selftest(void);

unsigned char firmware_arena[(${M}_ARENA_BYTES) > 0 ? (${M}_ARENA_BYTES) : 1]
    __attribute__((aligned(${M}_ARENA_ALIGN), section(".bss.arena")));

${model.isFed ? fedRun(model) : wholeRun(model)}
${largest(model)}
static void field(firmware_text *name, uint32_t value)
{
    firmware_print(TEXT(",\\""));
    firmware_print(name);
    firmware_print(TEXT("\\":"));
    port_print_u32(value);
}

int main(void)
{
    struct port_cost cost;
#ifdef __AVR__
    board_start();
    port_timer_start();
#endif
    firmware_print(TEXT("\\n${m} on ${board}\\n"));
    const int failed = ${m}_selftest();
    firmware_print(failed == 0 ? TEXT("self test: pass\\n") : TEXT("self test: FAIL, vector "));
    if (failed != 0) {
        port_print_u32((uint32_t)failed - 1u);
        firmware_print(TEXT("\\n"));
    }
    sample(firmware_arena);
    const int status = port_call(run_model, firmware_arena, &cost);
    const uint32_t best = largest();
    firmware_print(TEXT("sample data: largest output at "));
    port_print_u32(best);
    firmware_print(TEXT(", cycles "));
    port_print_u32(cost.ticks);
    firmware_print(TEXT("\\n${verdictMark}{\\"model\\":\\"${m}\\",\\"board\\":\\"${board}\\""));
    field(TEXT("selftest"), (uint32_t)failed);
    field(TEXT("status"), (uint32_t)status);
    field(TEXT("largest"), best);
    field(TEXT("cycles"), cost.ticks);
    field(TEXT("clockHz"), board_clock_hz());
    field(TEXT("stackBytes"), cost.stack_bytes);
    firmware_print(failed == 0 && status == 0 ? TEXT(",\\"verdict\\":\\"pass\\"}\\n") : TEXT(",\\"verdict\\":\\"fail\\"}\\n"));
    return failed != 0 || status != 0;
}
`;
}

function wholeRun({ prefix: m, inputs, hasState }: FirmwareModel): string {
  const M = m.toUpperCase();
  const fills = inputs.flatMap((dtype, i) => {
    const element = sampled[dtype];
    const zero = [
      `    {`,
      `        uint8_t *const bytes = ${m}_input(arena, ${i});`,
      `        for (uint32_t i = 0; i < ${M}_INPUT_${i}_BYTES; i++) {`,
      '            bytes[i] = 0;',
      '        }',
      '    }',
    ];
    if (element === undefined) return zero;
    return [
      `    {`,
      `        ${element} *const values = ${m}_input_${i}(arena);`,
      `        for (uint32_t i = 0; i < ${M}_INPUT_${i}_ELEMENTS; i++) {`,
      `            values[i] = ${sampleValue(element)};`,
      '        }',
      '    }',
    ];
  });
  return `/* SAMPLE DATA, a stub: put the values of your sensor here. */
static void sample(void *arena)
{
${hasState ? `    (void)${m}_reset(arena);\n` : ''}${fills.length === 0 ? '    (void)arena;' : fills.join('\n')}
}

static int run_model(void *arena)
{
    return ${m}_run(arena);
}
`;
}

/** Element `i` of sample data. Floats are constant, since arithmetic would call library functions. */
function sampleValue(element: string): string {
  return element === 'float' ? '1.0f' : `(${element})(i % 100u)`;
}

function fedRun({ prefix: m, inputs, hasState }: FirmwareModel): string {
  const M = m.toUpperCase();
  const element = sampled[inputs[0] ?? ''] ?? null;
  return `static ${M}_INPUT_0_TYPE row[${M}_INPUT_0_ROW_ELEMENTS];

/* SAMPLE DATA, a stub: let your sensor fill rows. */
static void sample(void *arena)
{
${hasState ? `    (void)${m}_reset(arena);\n` : '    (void)arena;\n'}    for (uint32_t i = 0; i < ${M}_INPUT_0_ROW_ELEMENTS; i++) {
        row[i] = ${element === null ? '0' : sampleValue(element)};
    }
}

static int run_model(void *arena)
{
    int status = ${m}_begin(arena);
    for (uint32_t y = 0; y < ${M}_INPUT_0_ROWS && status == ${M}_OK; y++) {
        status = ${m}_feed_row(arena, row);
    }
    return status == ${M}_DONE ? 0 : status == 0 ? -1 : status;
}
`;
}

/** Where output 0 is largest. Floats are compared by their bits: like integers, but for the order of negative ones. */
function largest({ prefix: m, outputs }: FirmwareModel): string {
  const M = m.toUpperCase();
  const [dtype] = outputs;
  const body: Readonly<Record<string, string>> = {
    int8: `(int32_t)((const int8_t *)y)[i]`,
    uint8: `(int32_t)((const uint8_t *)y)[i]`,
    int16: `(int32_t)((const int16_t *)y)[i]`,
    int32: `((const int32_t *)y)[i]`,
    float32: `ordered(((const int32_t *)y)[i])`,
  };
  const key = dtype === undefined ? undefined : body[dtype];
  if (key === undefined) return 'static uint32_t largest(void)\n{\n    return 0;\n}\n';
  const ordered =
    dtype === 'float32'
      ? 'static int32_t ordered(int32_t bits)\n{\n    return bits ^ (int32_t)((uint32_t)(bits >> 31) >> 1);\n}\n\n'
      : '';
  return `${ordered}static uint32_t largest(void)
{
    const void *const y = ${m}_output(firmware_arena, 0);
    uint32_t best = 0;
    int32_t most = INT32_MIN;
    for (uint32_t i = 0; i < ${M}_OUTPUT_0_ELEMENTS; i++) {
        const int32_t value = ${key};
        if (value > most) {
            most = value;
            best = i;
        }
    }
    return best;
}
`;
}

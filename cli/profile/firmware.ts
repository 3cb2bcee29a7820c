import { createHash } from 'node:crypto';
import { predictedRun } from '../../converter/backends/c/counts/predict.ts';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import { packageModel } from '../../converter/backends/c/package.ts';
import { dozenLayers } from '../../converter/estimate/measured/dozen.ts';
import type { TimedStep } from '../../converter/estimate/measured/fit.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { type CConversion, convertToC } from '../../converter/pipeline.ts';
import { latencyPlan } from '../../converter/plan/options.ts';
import { thimbleVersion } from '../version.ts';

/** The layers that are timed, as a C package. */
export function probePackage(): CConversion {
  return convertToC(
    dozenLayers(),
    packageOptions('layer_probe', {
      commandLine: 'thimble profile --firmware',
      plan: latencyPlan,
      toolVersion: thimbleVersion(),
    }),
  );
}

/** Eight digits that tell layers of one version of the firmware from those of another. */
export function probeHash({ artifacts }: CConversion): string {
  const hash = createHash('sha256');
  for (const { path, bytes } of artifacts) if (/^src\/.*\.c$/.test(path)) hash.update(bytes);
  return hash.digest('hex').slice(0, 8);
}

/** The timed layers with the instructions that are predicted for them, `ticks` by step of the program. */
export function timedSteps(conversion: CConversion, cpu: CountedCpu, ticks: readonly number[]): readonly TimedStep[] {
  const { program, plan, prefix, kernels } = conversion;
  const { layers } = predictedRun(packageModel(program, plan, prefix, kernels.choices), cpu);
  return program.steps.flatMap(({ index, op }): TimedStep[] => {
    const instructions = layers[index]?.instructions ?? 0;
    const cycles = ticks[index] ?? 0;
    return instructions > 0 && cycles > 0 ? [{ kind: op.type, instructions, cycles }] : [];
  });
}

/** Runs of the firmware, of which each layer's median is told. */
export const firmwareRounds = 9;

/** All files of the firmware: the package, and `profile_main.c`. */
export function firmwareFiles(conversion: CConversion): ReadonlyMap<string, Uint8Array> {
  const { artifacts, program } = conversion;
  const files = new Map<string, Uint8Array>(artifacts.map(({ path, bytes }) => [path, bytes]));
  const encoder = new TextEncoder();
  files.set('profile_main.c', encoder.encode(mainText(probeHash(conversion), program.steps.length)));
  files.set('PROFILE.md', encoder.encode(guide));
  return files;
}

const guide = `# Firmware of thimble profile

Compile \`profile_main.c\`, \`src/*.c\` and \`test/layer_probe_profile.c\` at -O2 for the board, with

- \`-Iinclude -Isrc -DTHIMBLE_PROFILE\`,
- one of \`-DLAYER_PROBE_PROFILE_DWT\` (Cortex-M3 and later), \`-DLAYER_PROBE_PROFILE_SYSTICK\` (Cortex-M0+), \`-DLAYER_PROBE_PROFILE_MCYCLE\` (RISC-V) or
  \`-DLAYER_PROBE_PROFILE_TICKS=function\`,
- \`-DPROFILE_HZ=120000000\`: the clock of the processor as the program sets it,
- \`-DPROFILE_PRINT=function\`, a \`void function(const char *text)\` that prints to the serial line; without it \`fputs\` to standard output.

With \`-DPROFILE_NO_MAIN\` call \`profile_run()\` from your own program, with interrupts off. It prints one line that begins with \`THIMBLE-PROFILE\`: give it, or
the whole log, to \`thimble profile --from-line\`.
`;

function mainText(hash: string, steps: number): string {
  return `/*
 * Times each layer of the package beside it and prints one line for thimble profile --from-line.
 * See PROFILE.md for how to compile it. Written by thimble profile --firmware.
 */
#include <stdint.h>
#include <string.h>

#include "layer_probe.h"

#ifndef PROFILE_HZ
#define PROFILE_HZ 0
#endif

#ifdef PROFILE_PRINT
void PROFILE_PRINT(const char *text);
#else
#include <stdio.h>
static void print_text(const char *text)
{
    (void)fputs(text, stdout);
}
#define PROFILE_PRINT print_text
#endif

#define LAYERS ${steps}
#define ROUNDS ${firmwareRounds}

extern uint32_t layer_probe_layer_ticks[LAYERS];
void layer_probe_ticks_start(void);
void profile_run(void);

static uint8_t arena[LAYER_PROBE_ARENA_BYTES] __attribute__((aligned(LAYER_PROBE_ARENA_ALIGN)));
static uint32_t ticks[LAYERS][ROUNDS];
static uint32_t check;

static void print_number(uint32_t value)
{
    char text[11];
    uint32_t at = 10;
    text[at] = '\\0';
    do {
        text[--at] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);
    PROFILE_PRINT(&text[at]);
}

/* What --from-line recomputes, so that a line with a lost digit is told. */
static void print_checked(uint32_t value)
{
    check = check * 31u + value;
    print_number(value);
}

static void sort(uint32_t *values)
{
    for (int i = 1; i < ROUNDS; i++) {
        const uint32_t value = values[i];
        int at = i;
        for (; at > 0 && values[at - 1] > value; at--) {
            values[at] = values[at - 1];
        }
        values[at] = value;
    }
}

void profile_run(void)
{
    int status = 0;
    for (int round = 0; round < ROUNDS; round++) {
        memset(layer_probe_input(arena, 0), 17, LAYER_PROBE_INPUT_0_BYTES);
        layer_probe_ticks_start();
        status |= layer_probe_run(arena);
        for (int layer = 0; layer < LAYERS; layer++) {
            ticks[layer][round] = layer_probe_layer_ticks[layer];
        }
    }
    check = 7u;
    PROFILE_PRINT("\\nTHIMBLE-PROFILE 1 model=${hash} status=");
    print_checked((uint32_t)status);
    PROFILE_PRINT(" hz=");
    print_checked((uint32_t)PROFILE_HZ);
    PROFILE_PRINT(" rounds=");
    print_checked(ROUNDS);
    PROFILE_PRINT(" ticks=");
    for (int layer = 0; layer < LAYERS; layer++) {
        sort(ticks[layer]);
        PROFILE_PRINT(layer == 0 ? "" : ",");
        print_checked(ticks[layer][ROUNDS / 2]);
    }
    PROFILE_PRINT(" spread=");
    for (int layer = 0; layer < LAYERS; layer++) {
        PROFILE_PRINT(layer == 0 ? "" : ",");
        print_checked(ticks[layer][ROUNDS - 2] - ticks[layer][1]);
    }
    PROFILE_PRINT(" check=");
    print_number(check);
    PROFILE_PRINT("\\n");
}

#ifndef PROFILE_NO_MAIN
int main(void)
{
    profile_run();
    return 0;
}
#endif
`;
}

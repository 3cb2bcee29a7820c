import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { build, withWorkspace, writeFiles } from '../../../targets/harness/workspace.ts';
import { runProcess } from '../../../targets/process.ts';
import { requireTool } from '../../../targets/tools.ts';
import { needTool } from '../../support/tools.ts';

/**
 * The start-up of boards that no emulator has, on this computer: registers are a table that answers "ready" where the reference manual
 * says that hardware sets a flag, and what was written is decoded by the manual's formulas.
 */

const tools = needTool('gcc');
const support = fileURLToPath(new URL('../../../targets/firmware/support/', import.meta.url));
const harness = fileURLToPath(new URL('../../../targets/harness/', import.meta.url));

const main = (ready: string) => `
#include "firmware.h"
#include <stdint.h>
#include <stdio.h>
static struct { uint32_t address, value; } table[64];
static int used;
static uint32_t *at(uint32_t address) {
    for (int i = 0; i < used; i++) if (table[i].address == address) return &table[i].value;
    table[used].address = address;
    return &table[used++].value;
}
static uint32_t get(uint32_t address) { return *at(address); }
uint32_t read32(uint32_t address) { ${ready} return get(address); }
void write32(uint32_t address, uint32_t value) { *at(address) = value; printf("%x %x\\n", (unsigned)address, (unsigned)value); }
int main(void) { board_start(); printf("hz %u\\n", (unsigned)board_clock_hz()); return 0; }
`;

/** What a board writes, in order, and the clock that it then believes in. */
async function started(source: string, ready: string, defines: readonly string[] = []) {
  return withWorkspace(async (workspace) => {
    writeFiles(workspace, [{ path: 'main.c', contents: main(ready) }]);
    const flags = ['-DFIRMWARE_REGISTERS_ELSEWHERE', ...defines, `-I${support}`, `-I${harness}`];
    const args = ['-std=c99', ...flags, 'main.c', `${support}boards/${source}`, '-o', 'start'];
    await build(workspace, { tool: requireTool('gcc'), args, where: source });
    const ended = await runProcess(join(workspace.folder, 'start'), [], { cwd: workspace.folder, timeoutMs: 20_000 });
    const lines = ended.stdout.trim().split('\n');
    const writes = lines.slice(0, -1).map((line) => line.split(' ').map((word) => Number.parseInt(word, 16)));
    const order = (address: number) => writes.map(([to]) => to === address);
    return {
      hz: Number(lines.at(-1)?.split(' ')[1]),
      /** The last value of a register. */
      last: (address: number) => writes.findLast(([to]) => to === address)?.[1] ?? 0,
      /** Position of the first write to `address` that sets `bits`. */
      when: (address: number, bits: number) =>
        order(address).findIndex((is, i) => is && ((writes[i]?.[1] ?? 0) & bits) === bits),
    };
  });
}

const bits = (value: number, low: number, count: number) => (value >>> low) & ((1 << count) - 1);

describe.skipIf(!tools.available)('clocks', () => {
  test('STM32F446: 180 MHz, over-drive and wait states before the switch', async () => {
    const [rcc, pwr, acr, usart] = [0x4002_3800, 0x4000_7000, 0x4002_3c00, 0x4000_4400];
    const ready = `
      if (address == ${rcc}u) return get(address) | (get(address) >> 24 & 1u) << 25;
      if (address == ${pwr + 4}u) return get(${pwr}u) & (3u << 16);
      if (address == ${rcc + 8}u) return get(address) | (get(address) & 3u) << 2;`;
    const { hz, last, when } = await started('stm32f4.c', ready);
    const pll = last(rcc + 4);
    const [m, n, p] = [bits(pll, 0, 6), bits(pll, 6, 9), 2 * bits(pll, 16, 2) + 2];
    const vco = (16e6 / m) * n;
    expect([bits(pll, 22, 1), 16e6 / m >= 1e6 && 16e6 / m <= 2e6, vco >= 100e6 && vco <= 432e6]).toEqual([
      0,
      true,
      true,
    ]);
    expect([vco / p, hz]).toEqual([180e6, 180e6]);
    expect(vco / bits(pll, 24, 4)).toBeLessThanOrEqual(48e6);
    // RM0390, table 5: above 150 MHz up to 180 MHz at 2.7 to 3.6 V.
    expect(bits(last(acr), 0, 4)).toBe(5);
    expect(when(acr, 5)).toBeLessThan(when(rcc + 8, 2));
    expect(when(pwr, 1 << 17)).toBeLessThan(when(rcc + 8, 2));
    const apb1 = hz / 2 ** (bits(last(rcc + 8), 10, 3) - 3);
    const apb2 = hz / 2 ** (bits(last(rcc + 8), 13, 3) - 3);
    expect([apb1 <= 45e6, apb2 <= 90e6]).toEqual([true, true]);
    expect(Math.abs(apb1 / last(usart + 8) / 115_200 - 1)).toBeLessThan(0.01);
  });

  test('STM32F446: stays at 16 MHz where the PLL does not lock, with the baud rate of that', async () => {
    const { hz, last } = await started('stm32f4.c', '');
    expect(hz).toBe(16e6);
    expect(Math.abs(hz / last(0x4000_4408) / 115_200 - 1)).toBeLessThan(0.01);
  });

  test('STM32L476: 80 MHz, wait states before the switch', async () => {
    const [rcc, acr, usart] = [0x4002_1000, 0x4002_2000, 0x4000_4400];
    const ready = `
      if (address == ${rcc}u) return get(address) | (get(address) >> 8 & 1u) << 10 | (get(address) >> 24 & 1u) << 25;
      if (address == ${rcc + 8}u) return get(address) | (get(address) & 3u) << 2;`;
    const { hz, last, when } = await started('stm32l4.c', ready);
    const pll = last(rcc + 12);
    const [m, n, r] = [bits(pll, 4, 3) + 1, bits(pll, 8, 7), 2 * bits(pll, 25, 2) + 2];
    expect([bits(pll, 0, 2), bits(pll, 24, 1)]).toEqual([2, 1]);
    expect([((16e6 / m) * n) / r, hz]).toEqual([80e6, 80e6]);
    expect((16e6 / m) * n).toBeLessThanOrEqual(344e6);
    // RM0351, table 11: range 1, up to 80 MHz.
    expect(bits(last(acr), 0, 3)).toBe(4);
    expect(when(acr, 4)).toBeLessThan(when(rcc + 8, 3));
    expect(Math.abs(hz / last(usart + 12) / 115_200 - 1)).toBeLessThan(0.01);
    expect((await started('stm32l4.c', '')).hz).toBe(4e6);
  });

  test('nRF52840: crystal, cache, and the pin of the board', async () => {
    const defines = ['-DBOARD_PIN_TX=6u', '-DBOARD_CLOCK_HZ=64000000u', '-DBOARD_HAS_ICACHE=1'];
    const { hz, last, when } = await started('nrf.c', '', defines);
    expect([hz, last(0x4000_0000), last(0x4001_e540), last(0x4000_250c)]).toEqual([64e6, 1, 1, 6]);
    expect(last(0x4000_2500)).toBe(4);
    expect(when(0x5000_0518, 1 << 6)).toBeLessThan(when(0x4000_2500, 4));
  });
});

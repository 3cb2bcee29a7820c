import { describe, expect, it } from 'vitest';
import { elfSections, elfSymbols } from '../../targets/elf.ts';
import { type QemuProgram, runProgram } from '../../targets/qemu/program.ts';
import { runInQemu } from '../../targets/qemu/run.ts';
import { needTool } from '../support/tools.ts';
import { tiny, tinySamples } from './fixtures/tiny.ts';

const qemu = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'qemu-system-arm');
const plugin = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'qemu-system-arm', 'gcc');

const base: QemuProgram = {
  cpu: 'cortex-m4',
  optimize: '-O2',
  defines: [],
  files: [],
  sources: [],
  harnessSources: [],
  inputFiles: [],
  outputFiles: [],
  timeoutMs: 60_000,
  counter: 'auto',
};

/** A program of C `main` and one assembly function `work`, both given. */
function program(main: string, work: string, rest: Partial<QemuProgram> = {}): QemuProgram {
  const text = `.syntax unified\n.thumb\n.text\n.global work\n.type work, %function\nwork:\n${work}\n.size work, . - work\n`;
  const files = [
    { path: 'main.c', contents: `#include "port.h"\nint work(void *argument);\n${main}` },
    { path: 'work.S', contents: text },
  ];
  return { ...base, files, sources: ['work.S'], harnessSources: ['main.c'], ...rest };
}

const CALL_ONCE = 'int main(void) { struct port_cost cost; (void)port_call(work, 0, &cost); return 0; }';
const PRINT_STACK =
  'int main(void) { struct port_cost cost; (void)port_call(work, 0, &cost); port_print_u32(cost.stack_bytes); return 0; }';

describe.skipIf(!plugin.available)('instruction counts by the plugin', () => {
  // [instructions, assembly]: known by counting the lines that execute, `bx lr` included.
  const cases: readonly (readonly [string, number, string])[] = [
    ['an empty function', 1, 'bx lr'],
    ['a straight line', 4, 'nop\nnop\nnop\nbx lr'],
    ['a loop of 1,000 x 4', 1 + 4 * 1000 + 1, 'movw r0, 1000\n1: nop\nnop\nsubs r0, #1\nbne 1b\nbx lr'],
    ['a loop of 1,000,000 x 3', 1 + 3_000_000 + 1, 'ldr r0, =1000000\n1: nop\nsubs r0, #1\nbne 1b\nbx lr\n.ltorg'],
    [
      'instructions switched off by IT',
      1 + 1 + 1 + 2 + 1,
      'movs r0, #0\ncmp r0, #1\nitt eq\nmoveq r0, #2\nmoveq r0, #3\nbx lr',
    ],
    ['a conditional return in the middle', 2 + 1 + 1, 'movs r0, #0\ncmp r0, #0\nit eq\nbxeq lr\nnop\nnop\nbx lr'],
    ['a call and its return', 1 + 1 + 2 + 1, 'push {r4, lr}\nbl 2f\npop {r4, pc}\n2: nop\nbx lr'],
    [
      'a switch by table',
      2 + 1 + 1,
      'movs r0, #1\ntbb [pc, r0]\n3: .byte (4f-3b)/2, (5f-3b)/2\n4: nop\nnop\n5: nop\nbx lr',
    ],
  ];
  it.each(cases)('are exact for %s', async (_name, instructions, assembly) => {
    const { calls } = await runProgram(program(CALL_ONCE, assembly, { counter: 'plugin' }));
    expect(calls).toEqual([{ instructions, layers: [] }]);
  });

  it('are exact per call when a program measures several', async () => {
    const main = `int main(void)
{
    struct port_cost cost;
    for (uintptr_t i = 1; i <= 3; i++) {
        (void)port_call(work, (void *)(i * 10), &cost);
    }
    return 0;
}`;
    const { calls } = await runProgram(program(main, '1: subs r0, #1\nbne 1b\nbx lr', { counter: 'plugin' }));
    expect(calls?.map(({ instructions }) => instructions)).toEqual([21, 41, 61]);
  });

  it('are exact per layer, for any layer number', async () => {
    const hooked = `push {r4, lr}
movs r0, #0
bl thimble_profile_begin
movs r0, #0
bl thimble_profile_end
nop
movw r0, 1023
bl thimble_profile_begin
movs r4, #100
1: nop
subs r4, #1
bne 1b
movw r0, 1023
bl thimble_profile_end
pop {r4, pc}`;
    const { calls } = await runProgram(program(CALL_ONCE, hooked, { counter: 'plugin' }));
    expect(calls?.[0]?.layers).toEqual([
      { layer: 0, instructions: 0 },
      { layer: 1023, instructions: 301 },
    ]);
    // 14 lines outside the loop, 6 instructions in each of the four hooks, 300 in the loop.
    expect(calls?.[0]?.instructions).toBe(12 + 4 * 6 + 300);
  });
});

describe.skipIf(!qemu.available)('a program in QEMU', () => {
  it('is counted to a tick of 40 instructions without the plugin', async () => {
    const main = CALL_ONCE.replace('return 0', 'port_print_u32(cost.ticks); return 0');
    const loop = 'ldr r0, =1000000\n1: nop\nnop\nsubs r0, #1\nbne 1b\nbx lr\n.ltorg';
    const { calls, stdout } = await runProgram(program(main, loop, { counter: 'icount' }));
    expect(calls).toBeUndefined();
    expect(Math.abs(Number(stdout) - 100_000)).toBeLessThanOrEqual(1);
  });

  it.each([
    ['nothing', 0, 'bx lr'],
    ['two registers', 8, 'push {r4, lr}\npop {r4, pc}'],
    ['1,000 bytes, the lowest written', 1000, 'sub sp, #1000\nstr r0, [sp]\nadd sp, #1000\nbx lr'],
    ['a callee', 24, 'push {r4, lr}\nbl 1f\npop {r4, pc}\n1: push {r4-r7}\npop {r4-r7}\nbx lr'],
  ] as const)('shows a stack of %s', async (_name, bytes, assembly) => {
    const { stdout } = await runProgram(program(PRINT_STACK, assembly));
    expect(stdout).toBe(String(bytes));
  });

  it('reads and writes files, prints, has initialised, zeroed and constant data, and a working FPU', async () => {
    const main = `
static uint8_t data[5];
static int initialised = 41;
static int zeroed;
static volatile float half = 0.5f;
int main(void)
{
    if (port_read_file("a.bin", data, 5) != 0 || port_read_file("missing.bin", data, 1) == 0) {
        return 1;
    }
    initialised++;
    data[0] = (uint8_t)(initialised + zeroed);
    data[1] = (uint8_t)(int)(half * 9.0f);
    port_print("hello ");
    port_print_u32(4294967295u);
    return port_write_file("b.bin", data, 5);
}`;
    const inputFiles = [{ path: 'a.bin', contents: new Uint8Array([1, 2, 3, 4, 5]) }];
    const result = await runProgram(program(main, 'bx lr', { inputFiles, outputFiles: ['b.bin'] }));
    expect(result.stdout).toBe('hello 4294967295');
    expect(result.files).toEqual([new Uint8Array([42, 4, 3, 4, 5])]);
  });

  it('reports a fault, an exit code and a program that does not end', async () => {
    await expect(runProgram(program(CALL_ONCE, 'udf #0'))).rejects.toThrow(/fault: CFSR 65536/);
    await expect(runProgram(program('int main(void) { return 9; }', 'bx lr'))).rejects.toThrow(/exit code 9/);
    const endless = program('int main(void) { for (;;) { } }', 'bx lr', { timeoutMs: 1000 });
    await expect(runProgram(endless)).rejects.toThrow(/did not end in time/);
  });
});

describe.skipIf(!qemu.available)('runInQemu', () => {
  it('separates code, weights and test program', async () => {
    const { use, elf } = await runInQemu(tiny, tinySamples, [4]);
    const symbols = elfSymbols(elf);
    const size = (name: string) => symbols.find((symbol) => symbol.name === name)?.size ?? Number.NaN;
    expect(size('tiny_weights_0')).toBe(48);
    expect(use.weightBytes).toBe(72);
    const text = elfSections(elf).findIndex(({ name }) => name === '.text');
    const functions = symbols.filter(({ kind, section }) => kind === 'function' && section === text);
    expect(functions.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['tiny_input', 'tiny_output', 'tiny_run']),
    );
    expect(functions.map(({ name }) => name)).not.toContain('main');
    const functionBytes = functions.reduce((sum, symbol) => sum + symbol.size, 0);
    expect(use.textBytes - functionBytes).toBeGreaterThanOrEqual(0);
    expect(use.textBytes - functionBytes).toBeLessThan(16);
    expect(use).toMatchObject({ constantBytes: 0, codeFlashBytes: use.textBytes, staticRamBytes: 0 });
    expect(elfSections(elf).find(({ name }) => name === '.arena')?.size).toBe(20);
  });
});

describe.skipIf(!plugin.available)('runInQemu with the plugin', () => {
  it('counts the same twice, and layers that add up to the whole', async () => {
    const first = await runInQemu(tiny, tinySamples, [4], { perLayer: true, counter: 'plugin' });
    const second = await runInQemu(tiny, tinySamples, [4], { perLayer: true, counter: 'plugin' });
    expect(second.runs).toEqual(first.runs);
    expect(second.elf).toEqual(first.elf);
    for (const { instructions, layers } of first.runs) {
      expect(layers.map(({ layer }) => layer)).toEqual([0, 1]);
      const sum = layers.reduce((total, layer) => total + layer.instructions, 0);
      expect(Math.abs(instructions - sum)).toBeLessThan(20);
    }
  });

  it('agrees with the timer', async () => {
    const exact = await runInQemu(tiny, tinySamples, [4], { counter: 'plugin' });
    const ticks = await runInQemu(tiny, tinySamples, [4], { counter: 'icount' });
    expect([exact.counter, ticks.counter]).toEqual(['plugin', 'icount']);
    exact.runs.forEach(({ instructions, stackBytes }, run) => {
      expect(Math.abs(instructions - (ticks.runs[run]?.instructions ?? 0))).toBeLessThanOrEqual(80);
      expect(ticks.runs[run]?.stackBytes).toBe(stackBytes);
    });
  });
});

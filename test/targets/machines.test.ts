import { describe, expect, it } from 'vitest';
import { QEMU_MACHINES, type QemuCpu, qemuCpus } from '../../targets/qemu/machines.ts';
import { type QemuProgram, qemuTools, runProgram } from '../../targets/qemu/program.ts';
import { runInQemu } from '../../targets/qemu/run.ts';
import { needTool } from '../support/tools.ts';
import { tiny, tinyOutputs, tinySamples } from './fixtures/tiny.ts';

/** What each machine must do; how exactly instructions are counted is tested in depth in qemu.test.ts on one of them. */

const available = (cpu: QemuCpu) => needTool(...qemuTools(cpu), 'gcc').available;
const isArm = (cpu: QemuCpu) => QEMU_MACHINES[cpu].toolchain === 'arm';

const MAIN = `#include "port.h"
int work(void *argument);
static volatile int word[2] = {7, 8};
int main(void)
{
    struct port_cost cost;
    const int result = port_call(work, (void *)word, &cost);
    port_print_u32((uint32_t)result);
    port_print(" ");
    port_print_u32(cost.stack_bytes);
    return 0;
}`;

/** A program that calls the assembly function `work` with the address of two words, and prints its result and its stack. */
function program(cpu: QemuCpu, assembly: string): QemuProgram {
  const [head, function_] = isArm(cpu) ? ['.syntax unified\n.thumb', '%function'] : ['', '@function'];
  const work = `${head}\n.text\n.global work\n.type work, ${function_}\nwork:\n${assembly}\n.size work, . - work\n`;
  return {
    ...{ cpu, optimize: '-O2', defines: [], timeoutMs: 60_000, counter: 'plugin' },
    files: [
      { path: 'main.c', contents: MAIN },
      { path: 'work.S', contents: work },
    ],
    ...{ sources: ['work.S'], harnessSources: ['main.c'], inputFiles: [], outputFiles: [] },
  };
}

describe('the table of machines', () => {
  it('is listed in full, each under its own name', () => {
    expect([...qemuCpus].sort()).toEqual(Object.keys(QEMU_MACHINES).sort());
    for (const cpu of qemuCpus) expect(QEMU_MACHINES[cpu].cpu).toBe(cpu);
  });

  it('has room for the stack, and memories that do not overlap', () => {
    for (const cpu of qemuCpus) {
      const { flash, ram, psram, stackBytes } = QEMU_MACHINES[cpu];
      expect(stackBytes).toBeLessThan(ram.bytes);
      const regions = [flash, ram, ...(psram === undefined ? [] : [psram])].sort((a, b) => a.origin - b.origin);
      regions.forEach(({ origin }, i) => {
        const below = regions[i - 1];
        expect(below === undefined || below.origin + below.bytes <= origin).toBe(true);
      });
    }
  });
});

describe.each(qemuCpus)('%s', (cpu) => {
  const run = it.skipIf(!available(cpu));

  run('gives the expected bytes and the same counts twice, in layers that add up', async () => {
    const first = await runInQemu(tiny, tinySamples, [4], { cpu, counter: 'plugin', perLayer: true });
    const second = await runInQemu(tiny, tinySamples, [4], { cpu, counter: 'plugin' });
    expect(second).toEqual({ ...first, runs: first.runs.map((one) => ({ ...one, layers: [] })) });
    expect(first.runs.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(first.runs.map(({ outputs }) => outputs[0])).toEqual(tinyOutputs);
    for (const { instructions, layers } of first.runs) {
      expect(layers.map(({ layer }) => layer)).toEqual([0, 1]);
      const sum = layers.reduce((total, layer) => total + layer.instructions, 0);
      expect(instructions - sum).toBeGreaterThan(0);
      expect(instructions - sum).toBeLessThan(25);
    }
    // The timer is read by a function, and may be off by one tick at each end.
    const ticks = await runInQemu(tiny, tinySamples, [4], { cpu, counter: 'icount' });
    expect(ticks.runs.map(({ outputs }) => outputs[0])).toEqual(tinyOutputs);
    ticks.runs.forEach(({ instructions, stackBytes }, i) => {
      const off = Math.abs(instructions - (first.runs[i]?.instructions ?? 0));
      expect(off).toBeLessThanOrEqual(2 * QEMU_MACHINES[cpu].timer.instructionsPerTick + 20);
      expect(stackBytes).toBe(first.runs[i]?.stackBytes);
    });
  });

  run('counts a loop and sees the stack to the byte', async () => {
    const assembly = isArm(cpu)
      ? 'push {r4, lr}\nmovs r0, #100\n1: nop\nsubs r0, #1\nbne 1b\npop {r4, pc}'
      : 'addi sp, sp, -8\nsw ra, 0(sp)\nli a0, 100\n1: nop\naddi a0, a0, -1\nbnez a0, 1b\naddi sp, sp, 8\nret';
    const { calls, stdout } = await runProgram(program(cpu, assembly));
    expect(calls).toEqual([{ instructions: 300 + (isArm(cpu) ? 3 : 5), layers: [] }]);
    expect(stdout).toBe('0 8');
  });

  run('reads initialised data, and uses no stack for nothing', async () => {
    const { stdout } = await runProgram(program(cpu, isArm(cpu) ? 'ldr r0, [r0, #4]\nbx lr' : 'lw a0, 4(a0)\nret'));
    expect(stdout).toBe('8 0');
  });

  run('reports an instruction that does not exist', async () => {
    const work = program(cpu, isArm(cpu) ? 'udf #0' : 'unimp');
    await expect(runProgram(work)).rejects.toThrow(isArm(cpu) ? /fault: CFSR/ : /fault: mcause 2 at /);
  });
});

describe('the instructions of a processor', () => {
  // [processor, what, assembly, what it prints; or a fault]
  const cases: readonly (readonly [QemuCpu, string, string, string | RegExp])[] = [
    ['cortex-m0', 'no unaligned access', 'adds r0, #1\nldr r0, [r0]\nbx lr', /fault/],
    ['cortex-m0plus', 'no unaligned access', 'adds r0, #1\nldr r0, [r0]\nbx lr', /fault: CFSR 16777216/],
    ['cortex-m3', 'unaligned access', 'adds r0, #1\nldr r0, [r0]\nbx lr', '134217728 0'],
    ['cortex-m33', 'DSP', 'ldr r1, [r0]\nldr r2, [r0, #4]\nsmuad r0, r1, r2\nbx lr', '56 0'],
    ['cortex-m33', 'FPU', 'vldr s0, [r0]\nvcvt.f32.s32 s0, s0\nvadd.f32 s0, s0\nvmov r0, s0\nbx lr', '1096810496 0'],
    [
      'cortex-m55',
      'vectors and loops of Helium',
      'movs r1, #3\nvdup.8 q0, r1\nmov r0, #0\nmov r2, #5\ndls lr, r2\n1: vmladava.s8 r0, q0, q0\nle lr, 1b\nbx r3',
      '720 0',
    ],
    [
      'rv32imc',
      'multiplication and division',
      'lw a1, 4(a0)\nlw a0, 0(a0)\nmul a0, a0, a1\ndivu a0, a0, a1\nret',
      '7 0',
    ],
    ['rv32imc', 'no FPU', '.option arch, +f\nfadd.s fa0, fa0, fa0\nret', /fault: mcause 2 at /],
    ['rv32imc', 'no atomics', '.option arch, +a\namoadd.w a0, a0, (a0)\nret', /fault: mcause 2 at /],
    ['rv32imc', 'no bit manipulation', '.option arch, +zbb\nclz a0, a0\nret', /fault: mcause 2 at /],
  ];
  for (const [cpu, what, assembly, expected] of cases) {
    it.skipIf(!available(cpu))(`${cpu}: ${what}`, async () => {
      const text = cpu === 'cortex-m55' ? `mov r3, lr\n${assembly}` : assembly;
      const work = runProgram(program(cpu, text));
      if (typeof expected === 'string') expect((await work).stdout).toBe(expected);
      else await expect(work).rejects.toThrow(expected);
    });
  }
});

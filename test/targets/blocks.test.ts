import { describe, expect, it } from 'vitest';
import { layersOf, runBlocks, wholeCall } from '../../targets/qemu/executed.ts';
import { QEMU_MACHINES, type QemuCpu } from '../../targets/qemu/machines.ts';
import { type QemuProgram, qemuTools, runProgram } from '../../targets/qemu/program.ts';
import { needTool } from '../support/tools.ts';
import { tiny, tinySamples } from './fixtures/tiny.ts';

/** How often which instructions were executed: known by hand for small programs, and as many as are counted for a package. */

const disassembler = (cpu: QemuCpu) =>
  QEMU_MACHINES[cpu].toolchain === 'arm' ? 'arm-none-eabi-objdump' : 'riscv64-unknown-elf-objdump';
const available = (cpu: QemuCpu) => needTool(...qemuTools(cpu), 'gcc', disassembler(cpu)).available;

const MAIN = `#include "port.h"
int work(void *argument);
int main(void) { struct port_cost cost; (void)port_call(work, 0, &cost); return 0; }`;

function program(cpu: QemuCpu, assembly: string): QemuProgram {
  const [head, kind] =
    QEMU_MACHINES[cpu].toolchain === 'arm' ? ['.syntax unified\n.thumb', '%function'] : ['', '@function'];
  const text = `${head}\n.text\n.global work\n.type work, ${kind}\nwork:\n${assembly}\n.size work, . - work\n`;
  return {
    ...{ cpu, optimize: '-O2', defines: [], timeoutMs: 60_000, counter: 'blocks' },
    files: [
      { path: 'main.c', contents: MAIN },
      { path: 'work.S', contents: text },
    ],
    ...{ sources: ['work.S'], harnessSources: ['main.c'], inputFiles: [], outputFiles: [] },
  };
}

/** Executions, of which left, and mnemonics of the blocks of `work`. */
async function blocksOf(cpu: QemuCpu, assembly: string) {
  const { blocks } = await wholeCall(await runProgram(program(cpu, assembly)), cpu);
  return blocks.map(({ executions, left, instructions }) => {
    return [executions, left, instructions.map(({ mnemonic }) => mnemonic).join(' ')];
  });
}

describe.skipIf(!available('cortex-m4'))('executed blocks', () => {
  it('of a loop end with its branch, which the last round does not take', async () => {
    expect(await blocksOf('cortex-m4', 'movs r0, #100\n1: nop\nsubs r0, #1\nbne 1b\nbx lr')).toEqual([
      [1, 1, 'movs nop subs bne'],
      [99, 98, 'nop subs bne'],
      [1, 1, 'bx'],
    ]);
  });

  it('of a branch over one instruction, taken every other time', async () => {
    const assembly = 'movs r0, #10\n1: lsls r1, r0, #31\nbne 2f\nnop\n2: subs r0, #1\nbne 1b\nbx lr';
    expect(await blocksOf('cortex-m4', assembly)).toEqual([
      [1, 0, 'movs lsls bne'],
      [9, 5, 'lsls bne'],
      [5, 5, 'nop subs bne'],
      [5, 4, 'subs bne'],
      [1, 1, 'bx'],
    ]);
  });

  it('go on over the border of a page of the emulator', async () => {
    const blocks = await blocksOf('cortex-m4', `push {r4, lr}\n.rept 600\nadd.w r0, r0, r1\n.endr\npop {r4, pc}`);
    expect(blocks.length).toBeGreaterThan(2);
    expect(blocks.map(([executions]) => executions)).toEqual(blocks.map(() => 1));
    expect(blocks.map(([, left]) => left)).toEqual(blocks.map((_, i) => (i === blocks.length - 1 ? 1 : 0)));
  });

  it('of a layer are those between its hooks, summed over its runs', async () => {
    const assembly = `push {r4, lr}
movs r4, #3
1: movs r0, #7
bl thimble_profile_begin
nop
bl 2f
movs r0, #7
bl thimble_profile_end
subs r4, #1
bne 1b
pop {r4, pc}
2: clz r0, r0
bx lr`;
    const layers = await layersOf(await runProgram(program('cortex-m4', assembly)), 'cortex-m4');
    expect(layers.map(({ layer, instructions }) => [layer, instructions])).toEqual([[7, 12]]);
    expect(
      layers[0]?.blocks.map(({ executions, left, instructions }) => {
        return [executions, left, instructions.map(({ mnemonic }) => mnemonic).join(' ')];
      }),
    ).toEqual([
      [3, 3, 'nop bl'],
      [3, 3, 'clz bx'],
    ]);
  });
});

describe.each(['cortex-m0plus', 'cortex-m4', 'cortex-m55', 'rv32imc'] as const)('a package on %s', (cpu) => {
  it.skipIf(!available(cpu))('has blocks that add up to the counts of the call and of each layer', async () => {
    const [sample] = tinySamples;
    if (sample === undefined) throw new Error('no sample');
    const { instructions, blocks, layers } = await runBlocks(tiny, sample, [4], { cpu });
    const sum = (list: typeof blocks) =>
      list.reduce((total, { executions, instructions }) => total + executions * instructions.length, 0);
    expect(sum(blocks)).toBe(instructions);
    expect(layers.map(({ layer }) => layer)).toEqual([0, 1]);
    for (const layer of layers) expect(sum(layer.blocks)).toBe(layer.instructions);
    expect(instructions).toBeGreaterThan(100);
    for (const { executions, left } of blocks) expect(left).toBeLessThanOrEqual(executions);
  });
});

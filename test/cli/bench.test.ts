import { describe, expect, it } from 'vitest';
import { boardCpus, boardNames } from '../../cli/engine/engine.ts';
import { qemuCpus } from '../../targets/qemu/machines.ts';
import { needTool } from '../support/tools.ts';
import { digitsInt8, runCli, runJson } from './run-cli.ts';
import { bench } from './schemas.ts';

const arm = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'qemu-system-arm', 'gcc');

describe('boards', () => {
  it('have a name each, one for every emulated processor', () => {
    expect(boardNames.map((name) => boardCpus[name]).sort()).toEqual([...qemuCpus].sort());
    expect(boardNames).toEqual([...new Set(boardNames)]);
    expect([...boardNames].sort()).toEqual(Object.keys(boardCpus).sort());
  });

  it('are all told to whoever misspells one', async () => {
    const { code, stderr } = await runCli(['bench', digitsInt8, '--on', 'qemu:mps2-an38']);
    expect(code).toBe(2);
    for (const name of boardNames) expect(stderr).toContain(name);
  });
});

describe.skipIf(!arm.available)('bench', () => {
  it('counts the instructions of every layer', async () => {
    const { code, value } = await runJson(['bench', digitsInt8, '--on', 'qemu:mps2-an500']);
    expect(code).toBe(0);
    const { layers, device, macs, cpu } = bench.parse(value);
    expect({ cpu, machine: device.machine, counter: device.counter }).toEqual({
      ...{ cpu: 'cortex-m7', machine: 'mps2-an500', counter: 'plugin' },
    });
    const sum = layers.reduce((all, { instructions }) => all + instructions, 0);
    expect(sum).toBeLessThanOrEqual(device.instructions);
    expect(sum).toBeGreaterThan(0.99 * device.instructions);
    expect(layers.reduce((all, layer) => all + layer.macs, 0)).toBe(macs);
  });

  it('prints them as a table', async () => {
    const { stdout } = await runCli(['bench', digitsInt8, '--on', 'qemu:mps2-an385-m0plus']);
    expect(stdout).toMatch(/digits_int8.tflite on qemu:mps2-an385-m0plus, cortex-m0plus/);
    expect(stdout).toMatch(/^ +0 +conv-2d .* %$/m);
    expect(stdout).toMatch(/instructions per inference, [\d.]+ per MAC$/m);
  });
});

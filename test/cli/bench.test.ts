import { describe, expect, it } from 'vitest';
import { boardCpus, boardNames, countingNames } from '../../cli/engine/engine.ts';
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
    for (const name of countingNames) expect(stderr).toContain(name);
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

  it('counts the same on the RP2040 of rp2040js as on a Cortex-M0+ of QEMU, and its cycles', async () => {
    const counts = async (on: string) => bench.parse((await runJson(['bench', digitsInt8, '--on', on])).value);
    const [pico, qemu] = [await counts('rp2040js'), await counts('qemu:mps2-an385-m0plus')];
    expect(pico.layers).toEqual(qemu.layers);
    expect(pico.device.instructions).toBe(qemu.device.instructions);
    expect(pico.device.cycles).toBeGreaterThan(pico.device.instructions);
    expect(qemu.device.cycles).toBeNull();
  });

  it('prints them as a table', async () => {
    const { stdout } = await runCli(['bench', digitsInt8, '--on', 'qemu:mps2-an385-m0plus']);
    expect(stdout).toMatch(/digits_int8.tflite on qemu:mps2-an385-m0plus, cortex-m0plus/);
    expect(stdout).toMatch(/^ +0 +conv-2d .* %$/m);
    expect(stdout).toMatch(/instructions per inference, [\d.]+ per MAC$/m);
  });
});

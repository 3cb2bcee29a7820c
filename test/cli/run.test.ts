import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../cli/input/npy.ts';
import { needTool } from '../support/tools.ts';
import { digits, digitsFloat, digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';
import { run, runDataset } from './schemas.ts';

const images = ['--dataset', `${digits}digits_test_images.npy`];

describe('run on the reference', () => {
  it('a random input of a seed gives the same output each time, another seed another', async () => {
    const outputs = async (seed: string) =>
      run.parse((await runJson(['run', digitsInt8, '--seed', seed])).value).outputs;
    expect(await outputs('1')).toEqual(await outputs('1'));
    expect(await outputs('1')).not.toEqual(await outputs('2'));
  });

  it('takes the right digit for ten pictures of the strip', async () => {
    const pixels = readNpy(new Uint8Array(readFileSync(`${digits}digits_test_images_u8.npy`)), 'images');
    const labels = readNpy(new Uint8Array(readFileSync(`${digits}digits_test_labels.npy`)), 'labels');
    await inFolder(async (folder) => {
      for (const sample of [0, 7, 359]) {
        const data = Uint8Array.from({ length: 64 }, (_, i) => Number(pixels.data[sample * 64 + i]));
        writeFileSync(join(folder, 'x.npy'), writeNpy({ dtype: 'uint8', shape: [1, 8, 8, 1], data }));
        const argv = ['run', digitsInt8, '--input', 'x.npy', '--pixels', '0..1', '--save', 'out', '--top', '1'];
        const { code, value } = await runJson(argv, folder);
        expect(code).toBe(0);
        const { outputs, seed, saved } = run.parse(value);
        expect(outputs[0]?.top.map(({ index }) => index)).toEqual([Number(labels.data[sample])]);
        expect([seed, saved]).toEqual([null, 'out']);
        const written = readNpy(
          new Uint8Array(readFileSync(join(folder, 'out', 'StatefulPartitionedCall_1_0.npy'))),
          'output',
        );
        expect([written.dtype, written.shape]).toEqual(['int8', [1, 10]]);
        expect(Array.from(written.data, Number)).toEqual(outputs[0]?.values);
        expect(JSON.parse(readFileSync(join(folder, 'out', 'outputs.json'), 'utf8'))).toHaveLength(1);
      }
    });
  });

  it('shows labels and real values', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'labels.txt'), 'zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n');
      const { stdout } = await runCli(['run', digitsFloat, '--labels', 'labels.txt', '--top', '3'], folder);
      expect(stdout).toMatch(/class +label +value\n +\d +(zero|one|two|three|four|five|six|seven|eight|nine) +0\.\d+/);
      expect(stdout.trimEnd().split('\n')).toHaveLength(7);
    });
  });

  it.each([digitsInt8, digitsFloat])('counts the right answers of a dataset: %s', async (model) => {
    const { code, value } = await runJson(['run', model, ...images, '--limit', '60']);
    expect(code).toBe(0);
    expect(runDataset.parse(value).dataset).toEqual({ total: 60, top1: 60, top5: null });
    const { stdout } = await runCli(['run', model, ...images, '--limit', '20', '--label-offset', '1']);
    expect(stdout).toMatch(/: 0 of 20 right \(0\.0 %\)$/m);
  });

  it('nothing is written where a file is wrong', async () => {
    await inFolder(async (folder) => {
      expect((await runCli(['run', digitsInt8, '--input', 'absent.npy', '--save', 'out'], folder)).code).toBe(1);
      expect(existsSync(join(folder, 'out'))).toBe(false);
    });
  });
});

describe.each(['wasm', 'c'])('run on %s', (target) => {
  const need = target === 'c' ? needTool('gcc') : { available: true };

  it.skipIf(!need.available).each([digitsInt8, digitsFloat])('gives what the reference gives: %s', async (model) => {
    const outputs = async (on: string) =>
      run.parse((await runJson(['run', model, '--on', on])).value).outputs[0]?.values;
    const [expected, actual] = [await outputs('reference'), await outputs(target)];
    if (model === digitsInt8) expect(actual).toEqual(expected);
    else for (const [i, value] of (actual ?? []).entries()) expect(value).toBeCloseTo(expected?.[i] ?? Number.NaN, 4);
    expect(actual).toHaveLength(10);
  });

  it.skipIf(!need.available)('counts the right answers of all digits', async () => {
    const { value } = await runJson(['run', digitsInt8, '--on', target, ...images]);
    expect(runDataset.parse(value).dataset).toEqual({ total: 360, top1: 360, top5: null });
  });
});

const qemu = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'qemu-system-arm');

describe.skipIf(!qemu.available)('run on an emulated Cortex-M4', () => {
  it('gives what the reference gives, and counts instructions and memory', async () => {
    const reference = run.parse((await runJson(['run', digitsInt8])).value);
    const { code, value } = await runJson(['run', digitsInt8, '--on', 'qemu:mps2-an386']);
    expect(code).toBe(0);
    const { outputs, device } = run.parse(value);
    expect(outputs).toEqual(reference.outputs);
    // Of 884,064 multiply-accumulates; SMLAD does two of them.
    expect(device?.instructions).toBeGreaterThan(884_064 / 2);
    expect(device?.sramBytes).toBe((device?.arenaBytes ?? 0) + (device?.staticBytes ?? 0) + (device?.stackBytes ?? 0));
    expect(device?.codeFlashBytes).toBeGreaterThan(0);
    const inLayers = device?.layers.reduce((sum, layer) => sum + layer.instructions, 0) ?? 0;
    expect(inLayers).toBeLessThanOrEqual(device?.instructions ?? 0);
    expect(inLayers).toBeGreaterThan(0.9 * (device?.instructions ?? 0));
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareBoardFor } from '../../../cli/build/board.ts';
import { buildBoard } from '../../../cli/build/build-board.ts';
import { emulateFirmware } from '../../../cli/build/emulate.ts';
import { readPackageFolder } from '../../../cli/build/package-folder.ts';
import { processIo } from '../../../cli/io.ts';
import { withFirmwareBuilder } from '../../../targets/firmware/build-firmware.ts';
import { digitsInt8, runCli } from '../../cli/run-cli.ts';
import { hasShared, sharedDir } from '../../support/shared.ts';
import { needTool } from '../../support/tools.ts';

const tools = needTool('avr-gcc', 'avr-libc');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-avr-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const models = [
  // A convolutional network, whose sums of products leave 16 bits.
  [digitsInt8, 'atmega2560', 4088],
  ...(hasShared
    ? ([
        [`${sharedDir}models/tflite/tflm_hello_world_int8.tflite`, 'atmega328p', 24],
        // Float layers, whose reads of flash GCC would lose.
        [`${sharedDir}models/onnx/gonnx_mlp.onnx`, 'atmega328p', 28],
        [`${sharedDir}models/onnx_ml/sk_kmeans_iris.onnx`, 'atmega328p', null],
      ] as const)
    : []),
] as const;

describe.skipIf(!tools.available)('packages for AVR', () => {
  it.each(models)(
    '%s agrees with the reference on an emulated %s',
    async (model, name, arenaBytes) => {
      const out = join(folder, `${model.replace(/.*\//, '')}-c`);
      expect(await runCli(['convert', model, '--to', 'c', '--cpu', 'avr', '--name', 'm', '--out', out])).toMatchObject({
        code: 0,
      });
      const source = readPackageFolder(out);
      const board = bareBoardFor(name);
      if (board === null) throw new Error(name);
      await withFirmwareBuilder(source.model, null, async (build) => {
        const { firmware, rows, manifest } = await buildBoard(source, board, build, false, processIo());
        if (arenaBytes !== null) expect(rows[0]).toMatchObject({ predicted: arenaBytes, measured: arenaBytes });
        const { verdict, emulatedCycles } = await emulateFirmware(board, { elf: firmware.elf, uf2: null });
        expect(verdict).toMatchObject({ verdict: 'pass', selftest: 0, status: 0 });
        expect(verdict.stackBytes).toBeLessThan(manifest.sizes.stack);
        // The board counts 1024 cycles at a time, modulo 2^26.
        const wraps = Math.abs((emulatedCycles ?? 0) - verdict.cycles) % 2 ** 26;
        expect(Math.min(wraps, 2 ** 26 - wraps)).toBeLessThan(2048);
      });
    },
    60_000,
  );

  it('are refused where they do not fit, and on other boards', async () => {
    const out = join(folder, 'digits_int8.tflite-c');
    const small = await runCli(['build', out, '--board', 'arduino-uno'], folder);
    expect(small).toMatchObject({ code: 3, stderr: expect.stringContaining('the SRAM is 2640 bytes too small') });
    const other = await runCli(['build', out, '--board', 'rp2040'], folder);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('for avr and no other processor') });
    expect((await runCli(['convert', digitsInt8, '--to', 'c', '--name', 'm', '--out', 'plain'], folder)).code).toBe(0);
    const plain = await runCli(['build', 'plain', '--board', 'uno'], folder);
    expect(plain).toMatchObject({ code: 1, stderr: expect.stringContaining('convert with --cpu avr') });
  });
});

describe.skipIf(!hasShared)('--cpu avr', () => {
  it('refuses by name what is not known to be right', async () => {
    const model = `${sharedDir}models/tflite/split_concat.tflite`;
    const result = await runCli(['convert', model, '--to', 'c', '--cpu', 'avr', '--out', 'never'], folder);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /error SPLIT #\d+ .*: slice is not supported on AVR\n +supported are fully-connected, /,
    );
    const large = `${sharedDir}models/tflite/mlperf_ad_int8.tflite`;
    const tables = await runCli(['convert', large, '--to', 'c', '--cpu', 'avr', '--out', 'never'], folder);
    expect(tables).toMatchObject({ code: 1, stderr: expect.stringContaining('GCC for AVR takes 32767') });
  });
});

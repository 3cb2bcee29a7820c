import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { boardMemory } from '../../../cli/build/board.ts';
import { buildBoard } from '../../../cli/build/build-board.ts';
import { emulateFirmware } from '../../../cli/build/emulate.ts';
import { buildManifestSchema } from '../../../cli/build/manifest.ts';
import { readPackageFolder } from '../../../cli/build/package-folder.ts';
import { processIo } from '../../../cli/io.ts';
import { bareBoards } from '../../../targets/firmware/boards.ts';
import { withFirmwareBuilder } from '../../../targets/firmware/build-firmware.ts';
import { flashImage } from '../../../targets/firmware/image.ts';
import { fromUf2 } from '../../../targets/firmware/uf2.ts';
import { runFirmwareOnPico } from '../../../targets/rp2040/run-uf2.ts';
import { needTool } from '../../support/tools.ts';
import { digitsInt8, runCli, runJson } from '../run-cli.ts';

const arm = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'arm-none-eabi-objdump', 'qemu-system-arm', 'gcc');
const riscv = needTool('riscv64-unknown-elf-gcc', 'riscv64-picolibc', 'qemu-system-riscv32');

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-build-'));
  expect(
    (await runCli(['convert', digitsInt8, '--to', 'c', '--name', 'digits', '--out', 'digits-c'], folder)).code,
  ).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs with no program on the PATH. */
async function withoutTools<T>(work: () => Promise<T>): Promise<T> {
  const path = process.env.PATH;
  process.env.PATH = '';
  try {
    return await work();
  } finally {
    process.env.PATH = path;
  }
}

it('of a package with the Arduino layout the self test is taken once', async () => {
  const argv = ['convert', digitsInt8, '--to', 'c', '--name', 'digits', '--layout', 'all', '--out', 'all'];
  expect((await runCli(argv, folder)).code).toBe(0);
  const paths = (name: string) => readPackageFolder(join(folder, name)).model.files.map(({ path }) => path);
  expect(paths('all').filter((path) => path.endsWith('_selftest.c'))).toEqual(['test/digits_selftest.c']);
  expect(paths('all').filter((path) => path.startsWith('src/'))).toEqual(
    expect.arrayContaining(paths('digits-c').filter((path) => path.startsWith('src/'))),
  );
});

describe.skipIf(!arm.available || !riscv.available)('firmwares of digits', () => {
  it('have the sizes of the plan on every board, pass in every emulator, and are the same every time', async () => {
    const source = readPackageFolder(join(folder, 'digits-c'));
    const io = processIo();
    await withFirmwareBuilder(source.model, null, async (build) => {
      for (const board of bareBoards.filter(({ cpu }) => cpu !== 'avr')) {
        const { firmware, rows, manifest, files } = await buildBoard(source, board, build, false, io);
        const [arena, variables] = rows;
        expect([arena?.measured, variables?.measured], board.name).toEqual([4088, 0]);
        expect(rows.filter(({ rule }) => rule === 'same').length, board.name).toBeGreaterThanOrEqual(2);
        expect(manifest.sizes.fits).toBe(true);
        const { ram } = boardMemory(board, [], io);
        expect(manifest.sizes.sramLimit).toBe(ram.bytes);
        expect(manifest.sizes.sram).toBe(firmware.use.applicationBytes + 4088 + manifest.sizes.stack);
        if (board.emulator === null) continue;
        const run = await emulateFirmware(board, { elf: firmware.elf, uf2: files.get('digits.uf2') ?? null });
        expect(run.verdict, board.name).toMatchObject({ board: board.name, verdict: 'pass', selftest: 0, status: 0 });
        expect(run.instructions, board.name).toBeGreaterThan(100_000);
        expect(run.verdict.stackBytes, board.name).toBeLessThanOrEqual(source.manifest.memory.stackBoundBytes);
        if (run.emulatedCycles === null) continue;
        expect(Math.abs(run.verdict.cycles - run.emulatedCycles)).toBeLessThan(200);
      }
    });
  }, 120_000);

  it('are written with a manifest, twice the same, and run from there', async () => {
    for (const out of ['a', 'b']) {
      const argv = ['build', 'digits-c', '--board', 'raspberry-pi-pico', '--out', out];
      expect(await runCli(argv, folder)).toMatchObject({ code: 0, stderr: '' });
    }
    const bytes = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
    const names = readdirSync(join(folder, 'a')).sort();
    expect(names).toEqual(['build.json', 'digits.bin', 'digits.elf', 'digits.hex', 'digits.uf2']);
    for (const name of names) expect(bytes(`a/${name}`), name).toEqual(bytes(`b/${name}`));
    const manifest = buildManifestSchema.parse(JSON.parse(readFileSync(join(folder, 'a/build.json'), 'utf8')));
    expect(manifest).toMatchObject({ board: 'rp2040', address: 0x1000_0000, console: { baud: 115_200 } });
    const image = flashImage(bytes('a/digits.elf'));
    expect(image.bytes).toEqual(bytes('a/digits.bin'));
    const { blocks } = fromUf2(bytes('a/digits.uf2'));
    expect(blocks.map(({ address }) => address)).toEqual(blocks.map((_, i) => 0x1000_0000 + 256 * i));

    const ran = await runJson(['run', 'a'], folder);
    const told = z.object({ target: z.string(), verdict: z.object({ verdict: z.string() }) }).parse(ran.value);
    expect([ran.code, told.target, told.verdict.verdict]).toEqual([0, 'rp2040js', 'pass']);

    const wrong = bytes('a/digits.uf2');
    wrong[40] = (wrong[40] ?? 0) ^ 1;
    await expect(runFirmwareOnPico(wrong, null, 1e6)).rejects.toThrow(/check sum of its second boot stage/);
    appendFileSync(join(folder, 'a/digits.uf2'), 'x');
    expect(await runCli(['run', 'a'], folder)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not what thimble wrote'),
    });
    expect(await runCli(['run', 'b', '--on', 'qemu:virt'], folder)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the firmware is for rp2040, which runs on rp2040js'),
    });
  }, 60_000);

  it('fail where the model does', async () => {
    cpSync(join(folder, 'digits-c'), join(folder, 'wrong-c'), { recursive: true });
    const source = readPackageFolder(join(folder, 'wrong-c'));
    const files = source.model.files.map(({ path, contents }) => {
      if (!path.startsWith('test/')) return { path, contents };
      const text = Buffer.from(contents).toString('utf8');
      return { path, contents: text.replace(/(output_1_0\[10\] = \{\s*)-?\d+/, '$177') };
    });
    const [board] = bareBoards;
    if (board === undefined) throw new Error('no board');
    await withFirmwareBuilder({ ...source.model, files }, null, async (build) => {
      const { firmware } = await buildBoard(source, board, build, false, processIo());
      const { verdict } = await emulateFirmware(board, { elf: firmware.elf, uf2: null });
      expect(verdict).toMatchObject({ verdict: 'fail', selftest: 2 });
    });
  }, 60_000);

  it('take a program of the user', async () => {
    const app = '#include "digits.h"\n#include "firmware.h"\nint main(void) { port_print("mine"); return 0; }\n';
    writeFileSync(join(folder, 'mine.c'), app);
    const argv = ['build', 'digits-c', '--board', 'qemu:mps2-an386', '--app', 'mine.c', '--out', 'mine'];
    expect(await runCli(argv, folder)).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'mine.c'), 'int main(void) { return nothing; }\n');
    const broken = await runCli(argv, folder);
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing') });
    expect(readdirSync(join(folder, 'mine'))).toContain('digits.elf');
  }, 60_000);

  it('are refused where they do not fit, by how much, and where they are for another processor', async () => {
    const small = join(folder, 'small.c');
    writeFileSync(small, 'volatile char big[20000];\nint main(void) { return big[19999]; }\n');
    const argv = ['build', 'digits-c', '--board', 'microbit', '--app', small, '--out', 'small'];
    const result = await runCli(argv, folder);
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(
      /board microbit: the SRAM, with the stack that is kept at its end, is \d+ bytes too small/,
    );
    const narrow = ['convert', digitsInt8, '--to', 'c', '--name', 'digits', '--cpu', 'cortex-m4', '--out', 'm4'];
    expect((await runCli(narrow, folder)).code).toBe(0);
    expect(await runCli(['build', 'm4', '--board', 'rp2040'], folder)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'the package is for cortex-m4 and no other processor, the board has a cortex-m0plus',
      ),
    });
  }, 60_000);
});

describe('build refuses', () => {
  const cases: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ['an unknown board', ['digits-c', '--board', 'stm32f446rx'], 1, /no such board\n.*did you mean stm32f446re/],
    ['a board of another ecosystem', ['digits-c', '--board', 'esp32s3'], 1, /thimble does not/],
    ['a missing folder', ['nowhere', '--board', 'rp2040'], 1, /there is no such folder\n.*convert model/],
    ['a model', [digitsInt8, '--board', 'rp2040'], 1, /it is a file, not the folder of a C package/],
    ['a folder without a package', ['.', '--board', 'rp2040'], 1, /it has no thimble.json/],
    ['no board', ['digits-c'], 2, /board/],
  ];
  it.each(cases)('%s', async (_, argv, code, message) => {
    const result = await runCli(['build', ...argv], folder);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(message);
  });

  it('a package that was changed', async () => {
    cpSync(join(folder, 'digits-c'), join(folder, 'changed-c'), { recursive: true });
    appendFileSync(join(folder, 'changed-c/src/digits.c'), '\n');
    rmSync(join(folder, 'changed-c/include/digits.h'));
    const result = await runCli(['build', 'changed-c', '--board', 'rp2040'], folder);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/digits\.h": it is missing[\s\S]*digits\.c": it is not what thimble wrote/);
  });

  it('to work without a compiler, and to write where it may not', async () => {
    const argv = ['build', 'digits-c', '--board', 'rp2040', '--out', 'never'];
    const result = await withoutTools(() => runCli(argv, folder));
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('gcc-arm-none-eabi') });
    expect(readdirSync(folder)).not.toContain('never');
    if (!arm.available) return;
    writeFileSync(join(folder, 'file'), '');
    const unwritable = await runCli([...argv.slice(0, -1), 'file/below'], folder);
    expect(unwritable).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a part of the path is not a folder'),
    });
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digitsInt8, inFolder, runCli } from './run-cli.ts';

test('a package for a target with several memories says where the arena belongs', () =>
  inFolder(async (folder) => {
    const args = ['convert', digitsInt8, '--to', 'c', '--target', 'stm32h743zi', '--name', 'digits', '--out', 'out'];
    const { code, stdout } = await runCli(args, folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/in DTCM +[\d,.]+ .*section \.dtcm_bss/);
    const header = readFileSync(join(folder, 'out/include/digits.h'), 'utf8');
    expect(header).toContain('#define DIGITS_ARENA_SECTION __attribute__((section(".dtcm_bss")))');
    expect(header).toContain('DMA does not reach it');
    expect(readFileSync(join(folder, 'out/README.md'), 'utf8')).toContain('] DIGITS_ARENA_SECTION;');
  }));

test('a package for a target of one memory does not speak of memories', () =>
  inFolder(async (folder) => {
    const args = ['convert', digitsInt8, '--to', 'c', '--target', 'nrf52840', '--name', 'digits', '--out', 'out'];
    const { code } = await runCli(args, folder);
    expect(code).toBe(0);
    expect(readFileSync(join(folder, 'out/include/digits.h'), 'utf8')).not.toContain('SECTION');
  }));

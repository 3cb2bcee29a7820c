import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { loadProfile, loadTarget } from '../../../cli/target/load.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { inFolder } from '../run-cli.ts';

const number = (value: number, unit: string) => ({ value, unit, source: 'measured', ref: 'my bench' });

const ioOf = (cwd: string) => ({
  ...{ stdout: new PassThrough(), stderr: new PassThrough() },
  ...{ cwd, color: false, columns: 100 },
});

/** Writes `files`, and loads the first. */
function load(files: Readonly<Record<string, unknown>>, then: (name: string, folder: string) => void): Promise<void> {
  return inFolder(async (folder) => {
    for (const [name, value] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
    }
    then(`./${Object.keys(files)[0]}`, folder);
  });
}

function problemOf(name: string, folder: string): string {
  try {
    loadProfile(name, ioOf(folder));
  } catch (error) {
    if (error instanceof ProblemError) return error.message;
    throw error;
  }
  return '';
}

describe('a profile file', () => {
  it('extends a target of thimble, field by field', () =>
    load(
      { 'a.json': { name: 'mine', extends: 'NUCLEO_F446RE', flash: { bytes: number(384, 'KiB') }, aliases: ['x'] } },
      (name, folder) => {
        const [mine, base] = [loadTarget(name, ioOf(folder)), loadTarget('stm32f446re', ioOf(folder))];
        expect(mine).toEqual({ ...base, name: 'mine', flash: { ...base.flash, bytes: 393216 } });
        expect(loadProfile(name, ioOf(folder)).aliases).toEqual(['x']);
      },
    ));

  it('replaces lists as a whole', () =>
    load(
      {
        'a.json': {
          name: 'mine',
          extends: 'stm32h743zi',
          banks: [
            {
              ...{ name: 'external', bytes: number(8, 'MiB'), region: 'sdram', use: 'data' },
              ...{ accessCycles: number(20, 'cycles'), dma: true, section: '.sdram' },
            },
          ],
        },
      },
      (name, folder) => {
        expect(loadTarget(name, ioOf(folder)).banks.map((bank) => bank.name)).toEqual(['external']);
      },
    ));

  it('extends a file beside it that extends another', () =>
    load(
      {
        'a.json': { name: 'a', extends: 'sub/b.json', title: 'A' },
        'sub/b.json': { name: 'b', extends: './c.json', flashTool: 'b-tool', title: 'B' },
        'sub/c.json': { name: 'c', extends: 'rp2040', flashTool: 'c-tool' },
      },
      (name, folder) => {
        expect(loadProfile(name, ioOf(folder))).toMatchObject({
          name: 'a',
          title: 'A',
          flashTool: 'b-tool',
          aliases: [],
        });
      },
    ));

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['extends itself', { 'a.json': { name: 'a', extends: './a.json' } }, 'it extends itself'],
    [
      'is in a circle',
      { 'a.json': { name: 'a', extends: './b.json' }, 'b.json': { name: 'b', extends: './a.json' } },
      'it extends itself',
    ],
    [
      'has too long a chain',
      Object.fromEntries(
        Array.from({ length: 20 }, (_, i) => [`${i}.json`, { name: `n${i}`, extends: `./${i + 1}.json` }]),
      ),
      'more than 16 profiles in a row',
    ],
    ['extends nothing known', { 'a.json': { name: 'a', extends: 'stm32f446rf' } }, 'did you mean stm32f446re'],
    ['extends a file that is not there', { 'a.json': { name: 'a', extends: './b.json' } }, 'there is no such file'],
    ['extends a number', { 'a.json': { name: 'a', extends: 3 } }, 'extends: is no name'],
    ['has no name', { 'a.json': { extends: 'rp2040' } }, 'name: is missing'],
    ['is no JSON', { 'a.json': '{"name": ' }, 'it is no JSON'],
    ['is no object', { 'a.json': '[1]' }, 'it holds no JSON object'],
    ['is no text', { 'a.json': '\u0000\u0001' }, 'it is no JSON'],
    [
      'spoils what it extends',
      { 'a.json': { name: 'a', extends: 'rp2040', flash: { bytes: { value: -1 } } } },
      'flash.bytes.value: -1 MiB is not between',
    ],
    ['has a field of its own', { 'a.json': { name: 'a', extends: 'rp2040', sram: 3 } }, 'sram: there is no such field'],
    [
      'tries to change the prototype',
      { 'a.json': '{"name": "a", "extends": "rp2040", "__proto__": {"x": 1}}' },
      '__proto__: there is no such field',
    ],
  ])('that %s is refused', (_, files, what) =>
    load(files, (name, folder) => {
      expect(problemOf(name, folder)).toContain(what);
    }),
  );
});

describe('a name', () => {
  const io = ioOf('.');

  it.each([
    ['STM32H743ZI', 'stm32h743zi'],
    ['Nucleo_H743ZI', 'stm32h743zi'],
    ['STMicroelectronics:stm32:Nucleo_64:pnum=NUCLEO_F446RE', 'stm32f446re'],
    ['stmicroelectronics:stm32:nucleo_64:pnum=nucleo_f446re,upload_method=swdMethod', 'stm32f446re'],
    ['esp32:esp32:esp32s3:FlashSize=4M', 'esp32s3'],
    ['nrf5340dk/nrf5340/cpuapp', 'nrf5340'],
    ['0xe48bff56', 'rp2040'],
    ['Pico', 'rp2040'],
  ])('%s is %s', (alias, name) => {
    expect(loadProfile(alias, io).name).toBe(name);
  });

  it.each([
    ['stm32h7x', 'stm32h743zi, stm32h747xi, stm32h7a3zi have this name'],
    ['stm32h744zi', 'did you mean stm32h743zi'],
    ['nucleo_f446r', 'did you mean stm32f446re'],
    ['h743', 'did you mean stm32h743zi'],
    ['zzzzzz', 'see thimble targets for all'],
    ['', 'there is no such target'],
  ])('%j is refused, with a way out', (name, what) => {
    expect(problemOf(name, '.')).toContain(what);
  });
});

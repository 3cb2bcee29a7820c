import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stackMarginBytes } from '../../converter/backends/c/footprint.ts';
import { digitsFloat, digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';
import { convert, doesNotFit, inspect, problems, targets, targetsFits, targetsOne } from './schemas.ts';

/** A microcontroller with as much memory as a test wants. */
function writePart(folder: string, sramBytes: number, flashBytes: number): void {
  const number = (value: number) => ({ value, unit: 'B', source: 'assumed', ref: 'this test' });
  const accessCycles = { value: 1, unit: 'cycles', source: 'assumed', ref: 'this test' };
  const bank = {
    name: 'SRAM',
    bytes: number(sramBytes),
    region: 'a',
    use: 'data',
    accessCycles,
    dma: true,
    section: null,
  };
  const part = { name: 'part', extends: 'stm32f103c8', banks: [bank], flash: { bytes: number(flashBytes) } };
  writeFileSync(join(folder, 'part.json'), JSON.stringify(part));
}

describe('targets', () => {
  it('lists all, as text and as JSON', async () => {
    const { code, stdout, stderr } = await runCli(['targets']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^stm32h743zi +STM32H743ZI \(NUCLEO-H743ZI\) +Cortex-M7 +480 MHz +992 KiB +512 KiB +2 MiB$/m,
    );
    expect(stdout).toMatch(/^rpi5 +Raspberry Pi 5 \(BCM2712\) +4 x Cortex-A76 2.4 GHz$/m);
    const list = targets.parse((await runJson(['targets'])).value).targets;
    expect(list.length).toBeGreaterThanOrEqual(50);
    for (const { name } of list) expect(stdout).toContain(`\n${name} `);
  });

  it('shows one with the source of each number', async () => {
    const { code, stdout } = await runCli(['targets', 'PICO']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^target +rp2040$/m);
    expect(stdout).toMatch(/^also named .*rp2040:rp2040:rpipico/m);
    expect(stdout).toMatch(/^cores\[0\]\.clock +133 MHz +datasheet +\S/m);
    const { value } = await runJson(['targets', 'pico']);
    expect(targetsOne.parse(value).target).toMatchObject({ name: 'rp2040', flash: { bytes: { source: 'assumed' } } });
  });

  it('suggests names for one that is not there, and exits with 1', async () => {
    const { code, stdout, stderr } = await runCli(['targets', 'stm32h734zi']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('did you mean stm32h743zi?');
    const { value } = await runJson(['targets', 'stm32h734zi']);
    expect(problems.parse(value).problems.map(({ code }) => code)).toEqual(['target-unknown']);
  });

  it('names the field of a profile file that is at fault, and exits with 1', () =>
    inFolder(async (folder) => {
      writePart(folder, 0, 65536);
      const { code, stderr } = await runCli(['targets', './part.json'], folder);
      expect(code).toBe(1);
      expect(stderr).toContain('banks[0].bytes.value: 0 B is not between 16 B and 16 MiB');
    }));
});

describe('targets --fits', () => {
  it('says which parts can hold a model, and what is the limit', async () => {
    const { code, stdout } = await runCli(['targets', '--fits', digitsFloat]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^digits_float.tflite fits \d+ of \d+ targets$/m);
    expect(stdout).toMatch(/^k210 +yes +SRAM \d+ %$/m);
    const { fits } = targetsFits.parse((await runJson(['targets', '--fits', digitsFloat])).value);
    const [plan] = [inspect.parse((await runJson(['inspect', digitsFloat])).value).plan];
    const use = convert.parse((await runJson(['convert', digitsFloat, '--to', 'c', '--dry-run'])).value).memory;
    const footprintOf = (name: string) => fits.find((row) => row.target === name)?.footprint;
    const { arenaBytes } = plan;
    const bound = { arenaBytes, stackBytes: use?.stackBoundBytes, staticBytes: use?.staticBytes, stackKind: 'bound' };
    expect(footprintOf('stm32f103c8')).toMatchObject(bound);
    expect(footprintOf('k210')).toMatchObject({ arenaBytes, stackBytes: stackMarginBytes, stackKind: 'margin' });
    for (const row of fits) expect(row.fits).toBe(row.memories.every(({ missingBytes }) => missingBytes === 0));
  });

  it('of one part that is too small exits with 3', () =>
    inFolder(async (folder) => {
      writePart(folder, 64, 65536);
      const { code, stdout } = await runCli(['targets', 'part.json', '--fits', digitsInt8], folder);
      expect(code).toBe(3);
      expect(stdout).toMatch(/^part +no +SRAM \d+ % +SRAM [\d,]+$/m);
    }));

  it('of a phone asks nothing', async () => {
    const { code, stdout } = await runCli(['targets', 'a15', '--fits', digitsInt8]);
    expect([code, stdout]).toEqual([0, 'digits_int8.tflite: memory is no question here\n']);
  });
});

describe('convert --target', () => {
  const footprintOf = async () => {
    const { value } = await runJson(['convert', digitsInt8, '--to', 'c', '--target', 'bluepill', '--dry-run']);
    const { fit } = convert.parse(value);
    return fit?.footprint ?? expect.fail('no fit');
  };

  it('says how full the target is', async () => {
    const { code, stdout } = await runCli(['convert', digitsInt8, '--to', 'c', '--target', 'bluepill', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}stm32f103c8 +SRAM \d+ %, flash \d+ %$/m);
  });

  it('takes a part that is full to the byte, and refuses one that lacks a byte', () =>
    inFolder(async (folder) => {
      const { arenaBytes, staticBytes, stackBytes, constantBytes, codeBytes } = await footprintOf();
      const [sram, flash] = [arenaBytes + staticBytes + stackBytes, constantBytes + codeBytes];
      const argv = ['convert', digitsInt8, '--to', 'c', '--target', 'part.json'];
      for (const [lessSram, lessFlash, memory] of [
        [1, 0, 'SRAM'],
        [0, 1, 'flash'],
      ] as const) {
        writePart(folder, sram - lessSram, flash - lessFlash);
        const { code, stdout, stderr } = await runCli(argv, folder);
        expect([code, stdout]).toEqual([3, '']);
        expect(stderr).toContain(`target part: the model does not fit: ${memory} lacks 1 B`);
        expect(stderr).toMatch(new RegExp(`^ +${memory} +[\\d,]+ +[\\d,]+ +1$`, 'm'));
        expect(readdirSync(folder)).toEqual(['part.json']);
        const { value } = await runJson(argv, folder);
        const refusal = doesNotFit.parse(value);
        expect(refusal.problems.map((problem) => problem.code)).toEqual(['does-not-fit']);
        expect(refusal.fit?.fits).toBe(false);
      }
      writePart(folder, sram, flash);
      expect((await runCli(argv, folder)).code).toBe(0);
    }));

  it('counts the constants that the manifest counts', () =>
    inFolder(async (folder) => {
      const argv = ['convert', digitsInt8, '--to', 'c', '--out', 'x', '--target', 'k210'];
      expect((await runCli(argv, folder)).code).toBe(0);
      const manifest = JSON.parse(readFileSync(join(folder, 'x/thimble.json'), 'utf8'));
      expect((await footprintOf()).constantBytes).toBe(manifest.memory.constantBytes);
    }));

  it('belongs to C packages', async () => {
    const { code, stderr } = await runCli(['convert', digitsInt8, '--to', 'wasm', '--target', 'bluepill', '--dry-run']);
    expect(code).toBe(2);
    expect(stderr).toContain('--target stm32f103c8 has no meaning with --to wasm: it is a microcontroller');
  });

  it('tells in a WASM bundle how long a run takes on a phone', () =>
    inFolder(async (folder) => {
      const argv = ['convert', digitsInt8, '--to', 'wasm', '--out', 'x', '--target', 'tensor-g2'];
      expect((await runCli(argv, folder)).code).toBe(0);
      const { estimate } = JSON.parse(readFileSync(join(folder, 'x/thimble.json'), 'utf8'));
      expect(estimate).toMatchObject({ target: 'tensor-g2', variant: 'dot', core: 'Cortex-X1' });
      expect(estimate.p95Ms).toBeGreaterThan(estimate.p50Ms);
      const { info } = await import(join(folder, 'x/index.js'));
      expect(info.estimate).toEqual(estimate);
      expect(readFileSync(join(folder, 'x/README.md'), 'utf8')).toContain(
        `A run takes ${estimate.p50Ms} ms on tensor-g2`,
      );
    }));

  it('that is unknown exits with 1', async () => {
    const { code, stderr } = await runCli(['convert', digitsInt8, '--to', 'c', '--target', 'k21', '--dry-run']);
    expect(code).toBe(1);
    expect(stderr).toContain('did you mean k210?');
  });
});

describe('convert --target tells of a run', () => {
  it('in the manifest, the header and the README, with the same bytes each time', () =>
    inFolder(async (folder) => {
      const argv = ['convert', digitsInt8, '--to', 'c', '--target', 'nano33ble', '--name', 'digits', '--out'];
      for (const out of ['a', 'b']) expect((await runCli([...argv, out], folder)).code).toBe(0);
      const read = (path: string) => readFileSync(join(folder, path), 'utf8');
      expect(read('a/thimble.json')).toBe(read('b/thimble.json'));
      const { estimate, layers } = JSON.parse(read('a/thimble.json'));
      expect(estimate).toMatchObject({ target: 'nano33ble', core: 'Cortex-M4', clockHz: 64e6, processor: 'cortex-m4' });
      expect(estimate.us).toBeCloseTo(estimate.cycles / 64, -1);
      expect(estimate.layers.length).toBeLessThanOrEqual(layers.length);
      const told = /On nano33ble, a Cortex-M4 at 64 MHz, a run is predicted to take [\d.]+ (?:us|ms) \(/;
      expect(read('a/include/digits.h').replace(/\n \* /g, ' ')).toMatch(told);
      expect(read('a/README.md')).toMatch(told);
      expect((await runCli(['convert', digitsInt8, '--to', 'c', '--out', 'c'], folder)).code).toBe(0);
      expect(JSON.parse(read('c/thimble.json')).estimate).toBeUndefined();
    }));
});

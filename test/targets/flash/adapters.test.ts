import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FlashJob } from '../../../targets/flash/adapter.ts';
import { flashAdapters } from '../../../targets/flash/adapters.ts';
import { findExecutable } from '../../../targets/tools.ts';
import { needTool } from '../../support/tools.ts';
import { boardNamed, jobFor, uno } from './boards.ts';

function adapter(name: string) {
  const found = flashAdapters.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no adapter ${name}`);
  return found;
}

function argvOf(name: string, job: FlashJob, version = ''): readonly (readonly string[])[] {
  return adapter(name)
    .commands(job, { path: name, version })
    .map(({ path, args }) => [path, ...args]);
}

const line = (text: string) => [text.split(' ')];

describe('the commands of each tool', () => {
  test('probe-rs downloads, compares, and resets', () => {
    const job = jobFor(boardNamed('stm32f446re'), { probe: '0483:374b:AB' });
    const chip = '--chip STM32F446RE --non-interactive --probe 0483:374b:AB';
    expect(argvOf('probe-rs', job)).toEqual([
      ...line(`probe-rs download ${chip} --disable-progressbars --verify /b/f.elf`),
      ...line(`probe-rs reset ${chip}`),
    ]);
  });

  test('pyOCD does not wait for a probe', () => {
    expect(argvOf('pyocd', jobFor(boardNamed('nrf52840'), { probe: '1050' }))).toEqual(
      line('pyocd load --no-wait --target nrf52840 --uid 1050 --erase sector --format elf /b/f.elf'),
    );
  });

  test('OpenOCD takes the probe of the board, or the one that is named', () => {
    const st = jobFor(boardNamed('stm32f446re'));
    const program = 'program {/b/f.elf} verify reset exit';
    const files = ['openocd', '-f', 'interface/stlink.cfg', '-f', 'target/stm32f4x.cfg', '-c', program];
    expect(argvOf('openocd', st)).toEqual([files]);
    expect(argvOf('openocd', { ...st, probe: 'cmsis-dap:12:34' })).toEqual([
      ['openocd', '-f', 'interface/cmsis-dap.cfg', '-c', 'adapter serial {12:34}', ...files.slice(3)],
    ]);
    expect(argvOf('openocd', { ...st, probe: '0668' })[0]?.slice(3, 5)).toEqual(['-c', 'adapter serial {0668}']);
    const [pico] = argvOf('openocd', jobFor(boardNamed('rp2040')));
    expect(pico?.slice(0, 5)).toEqual(line('openocd -f interface/cmsis-dap.cfg -f target/rp2040.cfg')[0]);
    const [hifive] = argvOf('openocd', jobFor(boardNamed('fe310-g002')));
    expect(hifive?.slice(0, 3)).toEqual(['openocd', '-f', 'board/sifive-hifive1-revb.cfg']);
  });

  test('st-flash, dfu-util and bossac write the BIN at its address', () => {
    expect(argvOf('st-flash', jobFor(boardNamed('stm32l476rg'), { probe: '066D' }))).toEqual(
      line('st-flash --reset --serial 066D write /b/f.bin 0x08000000'),
    );
    expect(argvOf('dfu-util', jobFor(boardNamed('stm32f446re')))).toEqual(
      line('dfu-util -d 0483:df11 -a 0 -s 0x08000000:leave -D /b/f.bin'),
    );
    const feather = jobFor(boardNamed('atsamd51j19'), { address: 0x4000, port: '/dev/ttyACM0' });
    expect(argvOf('bossac', feather)).toEqual(
      line('bossac --info --erase --write --verify --reset --port=ttyACM0 --offset=0x4000 /b/f.bin'),
    );
  });

  test('esptool has hyphens from version 5 on', () => {
    const job = jobFor(boardNamed('esp32s3'), { address: 0, port: '/dev/ttyUSB0', baud: 460800 });
    const start = 'esptool --chip esp32s3 --port /dev/ttyUSB0 --baud 460800';
    const end = '0x00000000 /b/f.bin';
    expect(argvOf('esptool', job, '5.1.0')).toEqual(
      line(`${start} --before default-reset --after hard-reset write-flash ${end}`),
    );
    expect(argvOf('esptool', job, '4.7')).toEqual(
      line(`${start} --before default_reset --after hard_reset write_flash ${end}`),
    );
  });

  test('picotool and avrdude', () => {
    expect(argvOf('picotool', jobFor(boardNamed('rp2040'), { probe: 'E66' }))).toEqual(
      line('picotool load -v -x /b/f.uf2 --ser E66'),
    );
    expect(argvOf('avrdude', jobFor(uno, { port: '/dev/ttyACM0' }))).toEqual(
      line('avrdude -p m328p -c arduino -P /dev/ttyACM0 -b 115200 -D -U flash:w:/b/f.hex:i'),
    );
  });
});

describe('what a tool says', () => {
  const said = (name: string, exitCode: number | null, text: string) => adapter(name).outcome({ exitCode, text });

  // Texts of the programs themselves: sources as in `documentation` of each adapter.
  test.each([
    ['probe-rs', 1, 'Error: No connected probes were found.\n'],
    ['pyocd', 1, '0000123 E No target device available [load_cmd]\n'],
    ['openocd', 1, "Error: open failed\nin procedure 'program'\n** OpenOCD init failed **\n"],
    ['st-flash', 255, "st-flash 1.7.0\n2026-01-01T00:00:00 WARN usb.c: Couldn't find any ST-Link devices\n"],
    ['dfu-util', 74, 'dfu-util: No DFU capable USB device available\n'],
    ['bossac', 1, 'No device found on ttyACM0\n'],
    ['esptool', 2, 'A fatal error occurred: No serial ports found\n'],
    ['picotool', 249, 'No accessible RP2040 devices in BOOTSEL mode were found.\n'],
    ['avrdude', 1, 'Error: cannot open port /dev/ttyACM0: No such file or directory\n'],
  ])('%s without a board', (name, exitCode, text) => {
    expect(said(name, exitCode, text).kind).toBe('no-device');
  });

  test.each([
    ['probe-rs', 'Finished in 1.2s\n', true],
    ['pyocd', '', false],
    ['openocd', '** Programming Finished **\n** Verified OK **\n** Resetting Target **\n', true],
    ['st-flash', 'Flash written and verified! jolly good!\n', true],
    ['st-flash', '', false],
    ['dfu-util', 'Download done.\nFile downloaded successfully\n', false],
    ['bossac', 'Verify successful\n', true],
    ['esptool', 'Wrote 100 bytes\nHash of data verified.\n', true],
    ['esptool', 'Wrote 100 bytes\n', false],
    ['avrdude', '1024 bytes of flash verified\n', true],
  ])('%s has written, and verified only where it says so', (name, text, verified) => {
    expect(said(name, 0, text)).toEqual({ kind: 'written', verified });
  });

  test.each(flashAdapters.map(({ name }) => name))('%s claims nothing when it is killed or fails', (name) => {
    expect(said(name, null, '50 %\nFlash written and verified!').kind).toBe('failed');
    expect(said(name, 1, 'Verification failed')).toMatchObject({
      kind: 'failed',
      what: expect.stringContaining('Verification failed'),
    });
  });

  test('OpenOCD that has not compared has not written', () => {
    expect(said('openocd', 0, 'shutdown command invoked').kind).toBe('failed');
  });

  test('progress is read from the lines that have it', () => {
    expect(adapter('st-flash').progress('  3/12 pages written')).toBe(0.25);
    expect(adapter('dfu-util').progress('Download\t[====      ]  40%   4096 bytes')).toBe(0.4);
    expect(adapter('esptool').progress('Writing at 0x00010000... (50 %)')).toBe(0.5);
    expect(adapter('probe-rs').progress('Erasing')).toBeNull();
  });
});

/** The help of a tool; null where it is not installed. */
function helpOf(name: string): string | null {
  const path = findExecutable(name);
  if (path === undefined) return null;
  const { stdout, stderr } = spawnSync(path, ['--help'], { encoding: 'utf8', timeout: 20_000 });
  return `${stdout}${stderr}`;
}

describe('the installed tools know the options', () => {
  const jobs = {
    'st-flash': jobFor(boardNamed('stm32l476rg'), { probe: '066D' }),
    'dfu-util': jobFor(boardNamed('stm32f446re'), { probe: '1' }),
    bossac: jobFor(boardNamed('atsamd51j19'), { port: 'ttyACM0' }),
  };
  for (const [name, job] of Object.entries(jobs)) {
    const { available } = needTool(name);
    const help = available ? helpOf(name) : null;
    test.skipIf(help === null)(`${name} --help`, () => {
      const options = argvOf(name, job)
        .flat()
        .filter((word) => word.startsWith('-'))
        .map((word) => word.replace(/=.*$/, ''));
      expect(options.length).toBeGreaterThan(1);
      for (const option of options) expect(help).toMatch(new RegExp(`(?<![\\w-])${option}(?![\\w])`));
    });
  }

  describe.skipIf(!needTool('openocd').available)('openocd', () => {
    function run(job: FlashJob): { exitCode: number | null; text: string } {
      const folder = mkdtempSync(join(tmpdir(), 'thimble-openocd-'));
      try {
        writeFileSync(join(folder, 'f.elf'), new Uint8Array(64));
        const [command] = adapter('openocd').commands(
          { ...job, images: { elf: join(folder, 'f.elf') } },
          { path: 'openocd', version: '' },
        );
        const { status, stdout, stderr } = spawnSync('openocd', command?.args ?? [], {
          encoding: 'utf8',
          timeout: 20_000,
        });
        return { exitCode: status, text: `${stdout}${stderr}` };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }

    test.each(['stm32f446re', 'stm32l476rg', 'stm32f746ng', 'stm32h743zi', 'atsamd51j19'])(
      'takes our configuration of %s, and the program command, with its dummy adapter',
      (name) => {
        const { exitCode, text } = run(jobFor(boardNamed(name), { probe: 'dummy' }));
        expect(exitCode).toBe(1);
        // The command has begun: it is `init` within that finds no chip.
        expect(text).toContain("in procedure 'program'");
        expect(text).toContain('** OpenOCD init failed **');
        expect(text).not.toMatch(/can't find|invalid command|wrong # args/i);
      },
    );

    test('finds the configuration of nRF52 where its release has it, and says that there is no probe', () => {
      const end = run(jobFor(boardNamed('nrf52840')));
      expect(adapter('openocd').outcome(end)).toMatchObject({ kind: 'no-device' });
    });

    test('says so where there is no such configuration', () => {
      const board = boardNamed('stm32f446re');
      const end = run(jobFor({ ...board, names: { ...board.names, openocd: ['stm32nine'] } }, { probe: 'dummy' }));
      expect(adapter('openocd').outcome(end)).toMatchObject({
        kind: 'failed',
        what: expect.stringMatching(/Can't find/),
      });
    });
  });
});

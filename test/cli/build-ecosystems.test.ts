import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeTool, FakeTools } from '../targets/flash/fake-tools.ts';
import { digitsInt8, runCli, runJson } from './run-cli.ts';
import { problems } from './schemas.ts';

let source = '';
let root = '';
let tools: FakeTools;

beforeAll(async () => {
  source = mkdtempSync(join(tmpdir(), 'thimble-layouts-'));
  const argv = ['convert', digitsInt8, '--to', 'c', '--layout', 'arduino,platformio,zephyr,esp-idf', '--out', 'm'];
  expect((await runCli(argv, source)).code).toBe(0);
});

afterAll(() => rmSync(source, { recursive: true, force: true }));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thimble-ecosystem-'));
  cpSync(join(source, 'm'), join(root, 'm'), { recursive: true });
  tools = new FakeTools(root);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A tool that does nothing: what it would have made is there already. */
function toolThatMakes(name: string, image: string, tool: FakeTool = {}): void {
  tools.add(name, tool);
  const path = join(root, 'out', image);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, 'image');
  writeFileSync(join(root, 'out/.thimble-build'), '');
}

const build = (...argv: string[]) => tools.use(() => runCli(['build', 'm', '--out', 'out', ...argv], root));

async function refusal(...argv: string[]) {
  const { code, value } = await tools.use(() => runJson(['build', 'm', '--out', 'out', ...argv], root));
  const [problem] = problems.parse(value).problems;
  return { code, problem: problem?.code, what: `${problem?.what}\n${problem?.advice}` };
}

describe('thimble build with the tool of an ecosystem', () => {
  test('pio runs a project of its own, on the package beside it', async () => {
    toolThatMakes('pio', '.pio/build/disco_f746ng/firmware.elf');
    const { code, stdout, stderr } = await build('--board', 'stm32f746ng');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^\$ \S+\/pio run -d \S+\/out -e disco_f746ng\n/)]);
    expect(tools.runsOf('pio')).toEqual([['run', '-d', join(root, 'out'), '-e', 'disco_f746ng']]);
    expect(stdout).toMatch(/firmware\.elf[\s\S]*pio run -d \S+ -e disco_f746ng -t upload/);
    const ini = readFileSync(join(root, 'out/platformio.ini'), 'utf8');
    expect(ini).toMatch(/^src_dir = \.\.\/m\/examples\/digits_int8_platformio\/src$/m);
    expect(ini).toMatch(/^platform = ststm32\nboard = disco_f746ng\nframework = arduino$/m);
    expect(ini).toMatch(/^lib_extra_dirs = \.\.$/m);
  });

  test('arduino-cli compiles the sketch', async () => {
    toolThatMakes('arduino-cli', 'digits_int8_sketch.ino.bin');
    expect((await build('--board', 'atsamd51j19')).code).toBe(0);
    const m = join(root, 'm');
    const sketch = join(m, 'examples/digits_int8_sketch');
    expect(tools.runsOf('arduino-cli')).toEqual([
      ['compile', '-b', 'adafruit:samd:adafruit_feather_m4', '--library', m, '--output-dir', join(root, 'out'), sketch],
    ]);
  });

  test('west builds the sample, also for a board that thimble brings up itself', async () => {
    toolThatMakes('west', 'zephyr/zephyr.hex');
    expect((await build('--board', 'nrf52840', '--with', 'west')).code).toBe(0);
    expect(tools.runsOf('west')).toEqual([
      [
        'build',
        '-p',
        'auto',
        '-b',
        'nrf52840dk/nrf52840',
        '-d',
        join(root, 'out'),
        join(root, 'm/zephyr/samples/digits_int8'),
      ],
    ]);
  });

  test('idf.py builds the example project, configured in the folder of the build', async () => {
    toolThatMakes('idf.py', 'digits_int8_example.bin');
    expect((await build('--board', 'esp32s3')).code).toBe(0);
    const [run] = tools.runsOf('idf.py');
    expect(run?.slice(0, 4)).toEqual(['-C', join(root, 'm/examples/digits_int8_esp_idf'), '-B', join(root, 'out')]);
    expect(run?.slice(4)).toEqual([
      '-D',
      `SDKCONFIG=${join(root, 'out/sdkconfig')}`,
      '-D',
      'IDF_TARGET=esp32s3',
      'build',
    ]);
  });

  test('a missing tool, or a missing layout, is named with the way to get it', async () => {
    const none = await refusal('--board', 'esp32c3');
    expect(none).toMatchObject({ code: 1, problem: 'tool-missing' });
    expect(none.what).toMatch(
      /idf\.py: it is not on the PATH; see[\s\S]*pio: it is not on the PATH; pip install platformio/,
    );
    rmSync(join(root, 'm'), { recursive: true });
    expect((await runCli(['convert', digitsInt8, '--to', 'c', '--out', 'm'], root)).code).toBe(0);
    tools.add('west');
    const bare = await refusal('--board', 'nrf5340');
    expect(bare.what).toMatch(/west: the package has no layout for it: convert with --layout zephyr/);
    expect(bare.what).toMatch(/pio: it does not know the board/);
    expect(tools.runsOf('west')).toEqual([]);
  });

  test('a tool that fails, is killed or makes nothing claims no firmware', async () => {
    tools.add('west', { prints: 'FATAL ERROR: no workspace', exitCode: 1 });
    const failed = await build('--board', 'nrf5340');
    expect([failed.code, failed.stderr]).toEqual([
      1,
      expect.stringMatching(/exit code 1\s+FATAL ERROR: no workspace[\s\S]*no firmware was made/),
    ]);
    tools.add('west', { isKilled: true });
    expect((await build('--board', 'nrf5340')).stderr).toMatch(/ended by a signal/);
    tools.add('west');
    const empty = await build('--board', 'nrf5340');
    expect([empty.code, empty.stderr]).toEqual([1, expect.stringMatching(/ended well, but zephyr\/zephyr\.elf/)]);
  });

  test('a folder that is not ours, a phone, and a program of the user are refused', async () => {
    tools.add('west');
    mkdirSync(join(root, 'out'));
    writeFileSync(join(root, 'out/thesis.txt'), 'ten years');
    expect((await build('--board', 'nrf5340')).stderr).toMatch(/thimble did not write it/);
    expect((await build('--board', 'sd865', '--with', 'west')).code).toBe(2);
    expect((await build('--board', 'nrf5340', '--app', 'm/src/digits_int8.c')).code).toBe(2);
    expect(tools.runsOf('west')).toEqual([]);
  });
});

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findExecutable } from '../../targets/tools.ts';
import { type FakeTool, FakeTools } from '../targets/flash/fake-tools.ts';
import { uf2For, writeBuild } from './flash-build.ts';
import { runCli, runJson } from './run-cli.ts';
import { problems } from './schemas.ts';

let root = '';
let tools: FakeTools;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thimble-flash-'));
  tools = new FakeTools(root);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const pkg = () => join(root, 'pkg');

const flashCli = (...argv: string[]) => tools.use(() => runCli(['flash', pkg(), ...argv], root));

/** The code of the one problem, and what the user reads. */
async function refusal(...argv: string[]): Promise<{ code: number; problem: string; text: string }> {
  const { code, value } = await tools.use(() => runJson(['flash', pkg(), ...argv], root));
  const [problem] = problems.parse(value).problems;
  return { code, problem: problem?.code ?? '', text: `${problem?.where}: ${problem?.what}\n${problem?.advice}` };
}

const f446 = { board: 'stm32f446re' };
const good: FakeTool = { prints: 'Flash written and verified! jolly good!' };

describe('thimble flash', () => {
  test('takes the tool of the profile, shows the command, and says that the flash was read back', async () => {
    const folder = writeBuild(pkg(), f446);
    tools.add('st-flash', good);
    tools.add('dfu-util');
    const { code, stdout, stderr } = await flashCli('--board', 'nucleo-f446re');
    expect([code, stderr]).toEqual([0, `$ ${tools.folder}/st-flash --reset write ${folder}/firmware.bin 0x08000000\n`]);
    expect(stdout).toMatch(/^Flashed stm32f446re by st-flash: .*; read back and compared\n$/);
    expect(tools.runsOf('st-flash')).toEqual([['--reset', 'write', `${folder}/firmware.bin`, '0x08000000']]);
    expect(tools.runsOf('dfu-util')).toEqual([]);
  });

  test('takes another tool where that is not here, and probe-rs in two steps', async () => {
    const folder = writeBuild(pkg(), f446);
    tools.add('probe-rs');
    expect((await flashCli('--board', 'stm32f446re', '--probe', '0483:374b')).code).toBe(0);
    const chip = ['--chip', 'STM32F446RE', '--non-interactive', '--probe', '0483:374b'];
    expect(tools.runsOf('probe-rs')).toEqual([
      ['download', ...chip, '--disable-progressbars', '--verify', `${folder}/firmware.elf`],
      ['reset', ...chip],
    ]);
  });

  test('--dry-run runs nothing', async () => {
    writeBuild(pkg(), f446);
    tools.add('st-flash', good);
    const { code, stdout } = await flashCli('--board', 'stm32f446re', '--dry-run');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Would flash stm32f446re by st-flash/)]);
    expect(tools.runsOf('st-flash')).toEqual([]);
  });

  test('a board that is not there is exit code 1, and no second command is run', async () => {
    writeBuild(pkg(), f446);
    tools.add('probe-rs', { prints: 'Error: No connected probes were found.', exitCode: 1 });
    const found = await refusal('--board', 'stm32f446re');
    expect(found).toMatchObject({
      code: 1,
      problem: 'no-device',
      text: expect.stringContaining('nothing was flashed'),
    });
    expect(tools.runsOf('probe-rs')).toHaveLength(1);
  });

  test('a tool that is killed in the middle leaves nothing claimed', async () => {
    writeBuild(pkg(), f446);
    tools.add('st-flash', { prints: '1/9 pages written', isKilled: true });
    const found = await refusal('--board', 'stm32f446re');
    expect(found).toMatchObject({
      code: 1,
      problem: 'flash-failed',
      text: expect.stringMatching(/signal[\s\S]*not known/),
    });
  });

  test('Ctrl-C ends the tool, and leaves nothing claimed', async () => {
    writeBuild(pkg(), f446);
    tools.add('st-flash', { prints: '1/9 pages written', isEndless: true });
    const running = refusal('--board', 'stm32f446re');
    await vi.waitFor(() => expect(tools.runsOf('st-flash')).toHaveLength(1), 10_000);
    const [stop] = process.listeners('SIGTERM').slice(-1);
    stop?.('SIGTERM');
    const found = await running;
    expect(found).toMatchObject({
      code: 1,
      problem: 'flash-failed',
      text: expect.stringMatching(/signal[\s\S]*not known/),
    });
  });

  test('without a tool it names each that would do, and how to get it', async () => {
    writeBuild(pkg(), f446);
    const found = await refusal('--board', 'stm32f446re');
    expect(found).toMatchObject({ code: 1, problem: 'flash-tool-missing' });
    expect(found.text).toMatch(/st-flash: st-flash is not on the PATH; apt-get install stlink-tools/);
    expect(found.text).toMatch(/openocd[\s\S]*dfu-util/);
    expect(found.text).not.toContain('picotool');
  });

  test('--tool that cannot do it says why', async () => {
    writeBuild(pkg(), f446);
    tools.add('picotool');
    const found = await refusal('--board', 'stm32f446re', '--tool', 'picotool');
    expect(found.text).toContain('picotool is for RP2040 and RP2350');
    expect((await runCli(['flash', pkg(), '--board', 'stm32f446re', '--tool', 'jtag'], root)).code).toBe(2);
  });
});

describe('nothing is flashed', () => {
  beforeEach(() => tools.add('st-flash', good));
  afterEach(() => expect(tools.runsOf('st-flash')).toEqual([]));

  test('that was not built', async () => {
    mkdirSync(pkg());
    const found = await refusal('--board', 'stm32f446re');
    expect(found).toMatchObject({ code: 1, problem: 'build-missing', text: expect.stringContaining('thimble build') });
  });

  test('that does not fit: exit code 3', async () => {
    writeBuild(pkg(), { ...f446, fits: false });
    expect(await refusal('--board', 'stm32f446re')).toMatchObject({ code: 3, problem: 'does-not-fit' });
  });

  test('that is for another processor', async () => {
    writeBuild(pkg(), { ...f446, machine: 243 });
    const found = await refusal('--board', 'stm32f446re');
    expect(found).toMatchObject({ code: 1, problem: 'wrong-architecture', text: expect.stringContaining('RISC-V') });
  });

  test('that was built for another board', async () => {
    const folder = writeBuild(pkg(), f446);
    const { code, value } = await tools.use(() => runJson(['flash', folder, '--board', 'stm32l476rg'], root));
    expect([code, problems.parse(value).problems[0]?.code]).toEqual([1, 'build-board']);
  });

  test.each([
    ['an image', 'build/stm32f446re/firmware.bin', 'build-changed'],
    ['a source of the package', 'src/m.c', 'package-changed'],
    ['the manifest of the package', 'thimble.json', 'package-changed'],
  ])('when %s has changed since', async (_, path, problem) => {
    writeBuild(pkg(), f446);
    const full = join(pkg(), path);
    writeFileSync(full, `${readFileSync(full, 'latin1')} `, 'latin1');
    expect(await refusal('--board', 'stm32f446re')).toMatchObject({ code: 1, problem });
  });

  test('from a manifest that is broken', async () => {
    const folder = writeBuild(pkg(), f446);
    writeFileSync(join(folder, 'build.json'), '{"generator": 3}');
    expect(await refusal('--board', 'stm32f446re')).toMatchObject({ code: 1, problem: 'build-broken' });
  });

  test('on a phone, or on a board of an emulator', async () => {
    expect((await flashCli('--board', 'sd865')).code).toBe(2);
    expect((await flashCli('--board', 'mps2-an386')).stderr).toMatch(/board of an emulator[\s\S]*thimble run/);
  });
});

describe('a UF2 drive', () => {
  const info = 'UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n';
  const pico = { board: 'rp2040', uf2: uf2For(0xe48bff56, 0x1000_0000), address: 0x1000_0000 };
  const drive = () => join(root, 'drive');

  function mount(text: string): void {
    mkdirSync(drive());
    writeFileSync(join(drive(), 'INFO_UF2.TXT'), text);
  }

  test('gets the file, which is read back', async () => {
    const folder = writeBuild(pkg(), pico);
    mount(info);
    const { code, value } = await runJson(['flash', pkg(), '--board', 'pico', '--port', drive()], root);
    expect(code).toBe(0);
    expect(value).toMatchObject({ tool: 'uf2', flashed: true, verified: true, board: 'rp2040' });
    expect(readFileSync(join(drive(), 'firmware.uf2'))).toEqual(readFileSync(join(folder, 'firmware.uf2')));
  });

  test('of another board is refused', async () => {
    writeBuild(pkg(), pico);
    mount(info.replace('RPI-RP2', 'SAMD51J19A-Feather-v0'));
    const found = await refusal('--board', 'rp2040', '--tool', 'uf2', '--port', drive());
    expect(found).toMatchObject({
      code: 1,
      problem: 'flash-drive',
      text: expect.stringContaining('SAMD51J19A-Feather-v0'),
    });
  });

  test('that is not there is no device', async () => {
    writeBuild(pkg(), pico);
    const found = await refusal('--board', 'rp2040', '--tool', 'uf2', '--port', join(root, 'nowhere'));
    expect(found).toMatchObject({ code: 1, problem: 'no-device' });
  });

  test('that takes no file claims nothing', async () => {
    writeBuild(pkg(), pico);
    mount(info);
    mkdirSync(join(drive(), 'firmware.uf2'));
    const found = await refusal('--board', 'rp2040', '--port', drive());
    expect(found).toMatchObject({ code: 1, problem: 'flash-failed', text: expect.stringContaining('took not all') });
  });

  test.skipIf(process.getuid?.() === 0)('that may not be written claims nothing', async () => {
    writeBuild(pkg(), pico);
    mount(info);
    chmodSync(drive(), 0o555);
    expect(await refusal('--board', 'rp2040', '--port', drive())).toMatchObject({ code: 1, problem: 'flash-failed' });
    chmodSync(drive(), 0o755);
  });

  test('gets no file of another family, and no broken one', async () => {
    writeBuild(pkg(), { ...pico, uf2: uf2For(0xe48bff59, 0x1000_0000) });
    mount(info);
    expect((await refusal('--board', 'rp2040', '--port', drive())).problem).toBe('wrong-architecture');
    rmSync(pkg(), { recursive: true });
    writeBuild(pkg(), { ...pico, uf2: pico.uf2.with(512 + 20, 0) });
    expect((await refusal('--board', 'rp2040', '--port', drive())).problem).toBe('uf2-broken');
  });
});

describe('--monitor', () => {
  const stty = findExecutable('stty');

  beforeEach(() => {
    writeBuild(pkg(), f446);
    tools.add('st-flash', good);
    if (stty !== undefined) symlinkSync(stty, join(tools.folder, 'stty'));
  });

  const port = () => join(root, 'tty');
  const watch = (...more: string[]) =>
    flashCli('--board', 'stm32f446re', '--monitor', '--monitor-port', port(), '--monitor-timeout', '0.3', ...more);

  test.skipIf(stty === undefined)('shows lines until the verdict, which is the exit code', async () => {
    writeFileSync(port(), 'hello\r\ndigits: self test 0 (0 is right)\r\ndigits: largest output 3\r\n');
    const right = await watch();
    expect([right.code, right.stderr]).toEqual([
      0,
      expect.stringMatching(/\| hello\n\| digits: self test 0 \(0 is right\)\n/),
    ]);
    expect(right.stdout).toContain('Self test passed: digits: self test 0');
    writeFileSync(port(), 'digits: self test 2 (0 is right)\n');
    const wrong = await watch();
    expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining('Self test FAILED')]);
  });

  test.skipIf(stty === undefined)('without a verdict or a port is an error', async () => {
    const none = await watch();
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('there is no such port')]);
    writeFileSync(port(), 'hello\n');
    const silent = await watch();
    expect([silent.code, silent.stderr]).toEqual([1, expect.stringContaining('no verdict within 0.3 s')]);
  });

  test('reads through the probe what the firmware prints by semihosting', async () => {
    const folder = join(pkg(), 'build', f446.board);
    tools.add('probe-rs', { prints: 'digits: 2 golden vectors agree' });
    const { code, stdout } = await flashCli(
      '--board',
      'stm32f446re',
      '--tool',
      'probe-rs',
      '--monitor',
      '--monitor-over',
      'probe',
    );
    expect([code, stdout]).toEqual([0, expect.stringContaining('Self test passed')]);
    expect(tools.runsOf('probe-rs')[2]).toEqual([
      'attach',
      '--chip',
      'STM32F446RE',
      '--non-interactive',
      `${folder}/firmware.elf`,
    ]);
  });
});

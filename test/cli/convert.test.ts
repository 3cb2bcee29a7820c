import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';
import { convert, problems } from './schemas.ts';

/** Every file below a folder with its content. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

describe.each(['c', 'wasm'])('convert --to %s', (to) => {
  it('writes the package to ./<name>-<to> and says what it wrote', async () => {
    await inFolder(async (folder) => {
      const { code, value } = await runJson(['convert', digitsInt8, '--to', to], folder);
      expect(code).toBe(0);
      const report = convert.parse(value);
      expect([report.folder, report.written]).toEqual([`digits_int8-${to}`, true]);
      expect(readdirSync(folder)).toEqual([`digits_int8-${to}`]);
      const written = contents(join(folder, report.folder));
      expect(Object.keys(written)).toEqual(report.files.map(({ path }) => path).sort());
      for (const { path, bytes } of report.files) expect(written[path]?.length).toBe(bytes);
      expect(JSON.parse(written['thimble.json'] ?? '')).toMatchObject({ generator: expect.stringMatching(/^thimble/) });
      for (const text of Object.values(written)) expect(text).not.toContain(folder);
    });
  });

  it('gives the same bytes each time, and replaces its own folder', async () => {
    await inFolder(async (folder) => {
      const argv = ['convert', digitsInt8, '--to', to, '--out', 'a/b'];
      expect((await runCli(argv, folder)).code).toBe(0);
      const first = contents(join(folder, 'a/b'));
      expect((await runCli(argv, folder)).code).toBe(0);
      expect(contents(join(folder, 'a/b'))).toEqual(first);
    });
  });

  it('leaves a folder that it did not write, unless forced', async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, 'mine'));
      writeFileSync(join(folder, 'mine', 'thesis.txt'), 'ten years');
      const argv = ['convert', digitsInt8, '--to', to, '--out', 'mine'];
      const { code, value } = await runJson(argv, folder);
      expect(code).toBe(1);
      expect(problems.parse(value).problems[0]?.code).toBe('output-exists');
      expect(contents(join(folder, 'mine'))).toEqual({ 'thesis.txt': 'ten years' });
      expect((await runCli([...argv, '--force'], folder)).code).toBe(0);
      expect(existsSync(join(folder, 'mine', 'thesis.txt'))).toBe(false);
    });
  });

  it('--dry-run and --emit write nothing', async () => {
    await inFolder(async (folder) => {
      const dry = await runJson(['convert', digitsInt8, '--to', to, '--dry-run'], folder);
      expect(convert.parse(dry.value).written).toBe(false);
      expect((await runCli(['convert', digitsInt8, '--to', to, '--emit', 'plan'], folder)).stdout).toMatch(/^arena \d/);
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it('takes name and labels into the package', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'names.txt'), Array.from({ length: 10 }, (_, i) => `digit ${i}`).join('\n'));
      const argv = ['convert', digitsInt8, '--to', to, '--name', 'Digit Reader', '--labels', 'names.txt', '--out', 'o'];
      expect((await runCli(argv, folder)).code).toBe(0);
      const all = Object.values(contents(join(folder, 'o'))).join('\n');
      expect(all).toContain('digit 7');
      expect(all).toMatch(/digit[_-]reader/);
    });
  });
});

const built = new URL('../../dist/cli/main.js', import.meta.url).pathname;

describe.skipIf(!existsSync(built))('the built program', () => {
  it('a convert that is killed at any time leaves the old output or the new one', async () => {
    await inFolder(async (folder) => {
      const out = join(folder, 'out');
      const argv = (name: string) => [built, 'convert', digitsInt8, '--to', 'c', '--out', out, '--name', name];
      expect(spawnSync(process.execPath, argv('first')).status).toBe(0);
      const first = contents(out);
      for (const afterMs of [50, 150, 250, 350, 450]) {
        spawnSync(process.execPath, argv('second'), { timeout: afterMs, killSignal: 'SIGTERM' });
        const found = contents(out);
        const isNew = Object.keys(found).some((name) => name.includes('second'));
        if (!isNew) expect(found).toEqual(first);
        else expect(Object.keys(found).some((name) => name.includes('first'))).toBe(false);
        if (isNew) break;
      }
    });
  });

  it('ends quietly when nobody reads on', () => {
    const pipe = spawnSync('sh', ['-c', `"${process.execPath}" "${built}" inspect "${digitsInt8}" | head -1`]);
    expect(pipe.stderr.toString()).toBe('');
    expect(pipe.stdout.toString()).toMatch(/^model/);
  });

  it('gives exit codes, and colours only where they are wanted', () => {
    const start = (argv: readonly string[], env: Record<string, string>) =>
      spawnSync(process.execPath, [built, ...argv], {
        env: { PATH: process.env.PATH ?? '', ...env },
        encoding: 'utf8',
      });
    expect(start(['frobnicate'], {}).status).toBe(2);
    expect(start(['inspect', 'absent.tflite'], {}).status).toBe(1);
    const escapeCode = '\u001b[';
    expect(start(['inspect', digitsInt8], { FORCE_COLOR: '1' }).stdout).toContain(escapeCode);
    expect(start(['inspect', digitsInt8], { FORCE_COLOR: '1', NO_COLOR: '1' }).stdout).not.toContain(escapeCode);
    expect(start(['inspect', digitsInt8], {}).stdout).not.toContain(escapeCode);
  });
});

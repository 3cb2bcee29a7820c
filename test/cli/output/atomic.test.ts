import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { isInterruption, thimbleMarker, type WriteStep, writeDirectoryAtomically } from '../../../cli/output/atomic.ts';
import { siblingFolders } from '../../../cli/output/leftovers.ts';
import { InternalError, ProblemError } from '../../../converter/problem.ts';
import { temporaryFolder } from '../input/helpers.ts';

const root = temporaryFolder();
let count = 0;
let parent = '';
let target = '';

beforeEach(() => {
  parent = join(root, String(count++));
  mkdirSync(parent);
  target = join(parent, 'out');
});

const options = { force: false, marker: thimbleMarker };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Our output of version `version`: every file holds the version. */
function output(version: string): ReadonlyMap<string, Uint8Array> {
  return new Map([
    ['thimble.json', text(JSON.stringify({ generator: 'thimble 0.1.0', version }))],
    ['src/model.c', text(version)],
    ['src/deep/weights.c', text(version)],
  ]);
}

function contents(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.sort().map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]));
}

function expected(version: string): Record<string, string> {
  return Object.fromEntries(
    [...output(version)].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]).sort(),
  );
}

describe('writeDirectoryAtomically', () => {
  test('makes a folder, fills an empty one, replaces its own', async () => {
    target = join(parent, 'a/b/out');
    await writeDirectoryAtomically(target, output('one'), options);
    expect(contents(target)).toEqual(expected('one'));
    writeFileSync(join(target, 'stale.c'), 'old');
    await writeDirectoryAtomically(target, output('two'), options);
    expect(contents(target)).toEqual(expected('two'));
    expect(readdirSync(join(parent, 'a/b'))).toEqual(['out']);
    mkdirSync(join(parent, 'empty'));
    await writeDirectoryAtomically(join(parent, 'empty'), output('one'), options);
    expect(contents(join(parent, 'empty'))).toEqual(expected('one'));
  });

  test.each([
    ['no marker', 'notes.txt', 'mine'],
    ['a marker of somebody else', 'thimble.json', '{"generator":"sewing kit"}'],
    ['a broken marker', 'thimble.json', '{'],
  ])('refuses a folder with %s unless forced', async (_, name, content) => {
    mkdirSync(target);
    writeFileSync(join(target, name), content);
    await expect(writeDirectoryAtomically(target, output('one'), options)).rejects.toThrow(
      /was not written by thimble.*--force/,
    );
    expect(contents(target)).toEqual({ [name]: content });
    expect(readdirSync(parent)).toEqual(['out']);
    await writeDirectoryAtomically(target, output('one'), { ...options, force: true });
    expect(contents(target)).toEqual(expected('one'));
  });

  test('refuses a file, and a parent that is a file', async () => {
    writeFileSync(target, 'x');
    await expect(writeDirectoryAtomically(target, output('one'), { ...options, force: true })).rejects.toThrow(
      ProblemError,
    );
    await expect(writeDirectoryAtomically(join(target, 'sub'), output('one'), options)).rejects.toThrow(ProblemError);
    expect(readFileSync(target, 'utf8')).toBe('x');
  });

  test('a symbolic link to the folder stays a link', async () => {
    await writeDirectoryAtomically(target, output('one'), options);
    const link = join(parent, 'link');
    symlinkSync(target, link);
    await writeDirectoryAtomically(link, output('two'), options);
    expect(contents(target)).toEqual(expected('two'));
    expect(contents(link)).toEqual(expected('two'));
  });

  test.each(['../x', '/x', 'a//b', 'a\\b', 'SRC/model.c', 'src'])('our own bad path %j is a fault', async (path) => {
    const files = new Map([...output('one'), [path, text('x')]]);
    await expect(writeDirectoryAtomically(target, files, options)).rejects.toThrow(InternalError);
    await expect(writeDirectoryAtomically(target, new Map(), options)).rejects.toThrow(InternalError);
    expect(readdirSync(parent)).toEqual([]);
  });

  test.each<[WriteStep, string]>([
    ['stage', 'one'],
    ['sync', 'one'],
    ['retire', 'one'],
    ['publish', 'one'],
    ['discard', 'two'],
  ])('a failure before %s leaves version %s and nothing beside it', async (failing, version) => {
    await writeDirectoryAtomically(target, output('one'), options);
    const onStep = (step: WriteStep): void => {
      if (step === failing) throw new Error(`disk full at ${step}`);
    };
    await expect(writeDirectoryAtomically(target, output('two'), { ...options, onStep })).rejects.toThrow('disk full');
    expect(contents(target)).toEqual(expected(version));
    expect(readdirSync(parent)).toEqual(['out']);
  });

  test('a failure without an old folder leaves nothing', async () => {
    const onStep = (step: WriteStep): void => {
      if (step === 'publish') throw new Error('no');
    };
    await expect(writeDirectoryAtomically(target, output('one'), { ...options, onStep })).rejects.toThrow('no');
    expect(readdirSync(parent)).toEqual([]);
  });
});

describe('signals', () => {
  afterEach(() => vi.restoreAllMocks());

  test.each<[WriteStep, string]>([
    ['stage', 'one'],
    ['publish', 'two'],
  ])('SIGINT at %s leaves version %s, and is sent again', async (at, version) => {
    await writeDirectoryAtomically(target, output('one'), options);
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const listeners = process.listenerCount('SIGINT');
    const onStep = (step: WriteStep): void => {
      if (step === at) process.emit('SIGINT', 'SIGINT');
    };
    const result = await writeDirectoryAtomically(target, output('two'), { ...options, onStep }).catch(
      (error) => error,
    );
    expect(isInterruption(result)).toBe(version === 'one');
    expect(kill).toHaveBeenCalledWith(process.pid, 'SIGINT');
    expect(process.listenerCount('SIGINT')).toBe(listeners);
    expect(contents(target)).toEqual(expected(version));
    expect(readdirSync(parent)).toEqual(['out']);
  });
});

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const built = join(root, 'built');

/** Compiles `writer.ts`, since Node 20 runs no TypeScript. */
beforeAll(() => {
  mkdirSync(built);
  writeFileSync(join(built, 'package.json'), '{"type":"module"}');
  const config = {
    extends: join(repository, 'tsconfig.json'),
    compilerOptions: { rootDir: repository, outDir: built, noCheck: true, types: [], declaration: false },
    include: [],
    files: [join(repository, 'test/cli/output/writer.ts')],
  };
  writeFileSync(join(built, 'tsconfig.json'), JSON.stringify(config));
  execFileSync(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-p', built]);
});

/**
 * Starts a process that writes `target` over and over, or kills itself before step `dieAt` of the second time.
 * `afterFirst` is called when the folder is there. Resolves with the signal that ended the process.
 */
function startWriter(
  dieAt: string,
  afterFirst: (stop: (signal: NodeJS.Signals) => void) => void,
): Promise<string | null> {
  const script = join(built, 'test/cli/output/writer.js');
  const child = spawn(process.execPath, [script, target, dieAt], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.once('data', () => afterFirst((signal) => child.kill(signal)));
  return new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
}

test.skipIf(!existsSync('/proc/self'))('a folder where the system takes none is refused, at once', async () => {
  await expect(writeDirectoryAtomically('/proc/none/out', output('one'), options)).rejects.toMatchObject({
    problems: [{ code: 'output-unwritable' }],
  });
});

describe('a process that is killed', () => {
  test.each(['stage', 'sync', 'retire', 'publish', 'discard'])(
    'before %s: the next call finds the old or the new folder',
    async (step) => {
      await startWriter(step, () => {});
      const isGone = step === 'publish';
      expect(existsSync(target)).toBe(!isGone);
      expect(readdirSync(parent).length).toBeGreaterThan(step === 'stage' ? 0 : 1);
      await expect(
        writeDirectoryAtomically(target, new Map([...output('late')]), { ...options, onStep: stopAt('stage') }),
      ).rejects.toThrow('stop');
      expect(contents(target)).toEqual(expected(step === 'discard' ? 'v1' : 'v0'));
      expect(readdirSync(parent)).toEqual(['out']);
    },
  );

  test('at a random moment', async () => {
    for (let i = 0; i < 6; i++) {
      const signal = await startWriter('never', (stop) => setTimeout(() => stop('SIGKILL'), Math.random() * 60));
      expect(signal).toBe('SIGKILL');
      await expect(
        writeDirectoryAtomically(target, output('late'), { ...options, onStep: stopAt('stage') }),
      ).rejects.toThrow('stop');
      expect(readdirSync(parent)).toEqual(['out']);
      const found = contents(target);
      expect(found).toEqual(expected(found['src/model.c'] ?? ''));
    }
  });

  test('SIGINT ends it with that signal and leaves nothing beside the folder', async () => {
    const signal = await startWriter('never', (stop) => setTimeout(() => stop('SIGINT'), 20));
    expect(signal).toBe('SIGINT');
    expect(readdirSync(parent)).toEqual(['out']);
    const found = contents(target);
    expect(found).toEqual(expected(found['src/model.c'] ?? ''));
  });

  test('folders of a process at work are left alone', async () => {
    const { staging } = siblingFolders(target, process.ppid);
    mkdirSync(staging);
    await writeDirectoryAtomically(target, output('one'), options);
    expect(existsSync(staging)).toBe(true);
  });
});

function stopAt(wanted: WriteStep): (step: WriteStep) => void {
  return (step) => {
    if (step === wanted) throw new Error('stop');
  };
}

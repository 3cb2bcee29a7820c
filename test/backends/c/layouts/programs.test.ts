import { describe, expect, test } from 'vitest';
import type { PackageFile } from '../../../../targets/harness/package.ts';
import { build, type Workspace, withWorkspace, writeFiles } from '../../../../targets/harness/workspace.ts';
import { runProcess } from '../../../../targets/process.ts';
import { findExecutable } from '../../../../targets/tools.ts';
import { arduinoHost, espCmake, espHost, zephyrCmake, zephyrHost } from './hosts.ts';
import { inFolder, layoutPackage } from './packages.ts';

const warnings = ['-std=c99', '-Wall', '-Wextra', '-Werror'];

async function compileOne(workspace: Workspace, tool: string, flags: readonly string[], source: string) {
  const object = `${source.replace(/\W/g, '_')}.o`;
  await build(workspace, { tool, args: [...flags, '-c', source, '-o', object], where: source });
  return object;
}

/** Links objects and runs the program; gives what it prints. */
async function linkAndRun(workspace: Workspace, tool: string, objects: readonly string[]): Promise<string> {
  await build(workspace, { tool, args: [...objects, '-o', 'program', '-lm'], where: 'program' });
  return run(workspace, 'program');
}

async function run(workspace: Workspace, program: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess(`${workspace.folder}/${program}`, [], {
    cwd: workspace.folder,
    timeoutMs: 10_000,
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

const librarySources = ['src/tiny.c', 'src/tiny_layers.c', 'src/tiny_weights.c', 'test/tiny_selftest.c'];

async function cProgram(host: readonly PackageFile[], files: readonly PackageFile[], sources: readonly string[]) {
  return withWorkspace(async (workspace) => {
    writeFiles(workspace, [...host, ...inFolder(files, 'tiny')]);
    const flags = [...warnings, '-Ihost', '-Itiny/include', '-Itiny/src'];
    const all = [...librarySources.map((path) => `tiny/${path}`), ...sources];
    const objects = await Promise.all(all.map((source) => compileOne(workspace, 'gcc', flags, source)));
    return linkAndRun(workspace, 'gcc', objects);
  });
}

const inferred = (unit: string, spent: number) =>
  new RegExp(`^tiny: self test 0 \\(0 is right\\)\\ntiny: largest output \\d+, ${spent} ${unit}\\n$`);

describe('the example program', () => {
  test('of Zephyr runs', async () => {
    const files = layoutPackage('tiny', ['zephyr']);
    const printed = await cProgram(zephyrHost, files, ['tiny/zephyr/samples/tiny/src/main.c']);
    expect(printed).toMatch(inferred('cycles', 5));
  });

  test('of ESP-IDF runs', async () => {
    const files = layoutPackage('tiny', ['esp-idf']);
    const printed = await cProgram(espHost, files, ['host/main.c', 'tiny/examples/tiny_esp_idf/main/main.c']);
    expect(printed).toMatch(inferred('microseconds', 7));
  });

  test.skipIf(findExecutable('g++') === undefined)('of Arduino runs, with what lies below src/ alone', () =>
    withWorkspace(async (workspace) => {
      const files = layoutPackage('tiny', ['arduino']);
      writeFiles(workspace, [...arduinoHost, ...inFolder(files, 'tiny')]);
      const sources = files.map(({ path }) => path).filter((path) => /^src\/.*\.c$/.test(path));
      expect(sources).toContain('src/tiny_selftest.c');
      const flags = [...warnings, '-Itiny/src'];
      const objects = await Promise.all(sources.map((path) => compileOne(workspace, 'gcc', flags, `tiny/${path}`)));
      const sketch = ['-std=c++11', '-Wall', '-Wextra', '-Ihost', '-Itiny/src', '-include', 'Arduino.h', '-x', 'c++'];
      objects.push(await compileOne(workspace, 'g++', sketch, 'tiny/examples/tiny_sketch/tiny_sketch.ino'));
      objects.push(await compileOne(workspace, 'g++', sketch, 'host/main.cpp'));
      expect(await linkAndRun(workspace, 'g++', objects)).toMatch(inferred('microseconds', 3));
    }),
  );
});

describe.skipIf(findExecutable('g++') === undefined)('the example program of PlatformIO', () => {
  test('runs', () =>
    withWorkspace(async (workspace) => {
      const files = layoutPackage('tiny', ['platformio']);
      writeFiles(workspace, [...arduinoHost, ...inFolder(files, 'tiny')]);
      const flags = [...warnings, '-Itiny/include', '-Itiny/src'];
      const objects = await Promise.all(
        librarySources.map((path) => compileOne(workspace, 'gcc', flags, `tiny/${path}`)),
      );
      const plusPlus = ['-std=c++11', '-Wall', '-Wextra', '-Ihost', '-Itiny/include'];
      const own = 'tiny/examples/tiny_platformio/src/main.cpp';
      objects.push(await compileOne(workspace, 'g++', plusPlus, own));
      objects.push(await compileOne(workspace, 'g++', [...plusPlus, '-include', 'Arduino.h'], 'host/main.cpp'));
      expect(await linkAndRun(workspace, 'g++', objects)).toMatch(inferred('microseconds', 3));
    }));
});

describe.skipIf(findExecutable('cmake') === undefined)('CMake', () => {
  const main = 'int tiny_selftest(void);\nint main(void) { return tiny_selftest(); }\n';

  async function built(cmake: string, files: readonly PackageFile[]): Promise<void> {
    await withWorkspace(async (workspace) => {
      const host = [
        { path: 'CMakeLists.txt', contents: cmake },
        { path: 'main.c', contents: main },
      ];
      writeFiles(workspace, [...host, ...inFolder(files, 'tiny')]);
      await build(workspace, { tool: 'cmake', args: ['-S', '.', '-B', 'build'], where: 'cmake' });
      await build(workspace, { tool: 'cmake', args: ['--build', 'build'], where: 'cmake' });
      await run(workspace, 'build/program');
    });
  }

  test('builds the module of Zephyr, by commands that mean what those of Zephyr do', () =>
    built(zephyrCmake, layoutPackage('tiny', ['zephyr'])));

  test('builds the component of ESP-IDF', () => built(espCmake, layoutPackage('tiny', ['esp-idf'])));

  test('builds the package alone, its self test included, whatever other layouts there are', () =>
    withWorkspace(async (workspace) => {
      const all = layoutPackage('tiny', ['arduino', 'platformio', 'zephyr', 'esp-idf', 'cmsis-pack']);
      writeFiles(workspace, inFolder(all, 'tiny'));
      await build(workspace, { tool: 'cmake', args: ['-S', 'tiny', '-B', 'build'], where: 'cmake' });
      await build(workspace, { tool: 'cmake', args: ['--build', 'build'], where: 'cmake' });
      expect(await run(workspace, 'build/tiny_selftest')).toBe('tiny: 1 golden vectors agree\n');
    }));
});

import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../converter/problem.ts';
import type { CPackage } from '../../targets/harness/package.ts';
import { type HostOptions, runOnHost } from '../../targets/host/run.ts';
import { needTool } from '../support/tools.ts';
import { tiny, tinyOutputs, tinySamples } from './fixtures/tiny.ts';

const outputsOf = (result: Awaited<ReturnType<typeof runOnHost>>) => result.runs.map(({ outputs }) => outputs[0]);

/** The fixture with one line of tiny.c replaced. */
function withLine(from: string, to: string): CPackage {
  const files = tiny.files.map(({ path, contents }) => {
    const text = contents.toString();
    return { path, contents: path === 'src/tiny.c' ? text.replace(from, to) : text };
  });
  return { prefix: tiny.prefix, files };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ProblemError) return error.problems[0]?.code ?? '';
    throw error;
  }
  return 'no problem';
}

describe.each(['gcc', 'clang', 'g++', 'clang++'] as const)('runOnHost with %s', (compiler) => {
  const need = needTool(compiler);
  const variants: readonly Partial<HostOptions>[] = [
    { compiler },
    // Debian keeps clang's sanitizers in a package of their own; gcc's come with gcc.
    { compiler, sanitize: !compiler.startsWith('clang'), optimize: '-O1' },
    { compiler, defines: ['THIMBLE_PROFILE=1'], optimize: '-Os' },
  ];
  it.skipIf(!need.available).each(variants)('gives the expected bytes with %j', async (options) => {
    const result = await runOnHost(tiny, tinySamples, [4], options);
    expect(result.runs.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(outputsOf(result)).toEqual(tinyOutputs);
    expect(result.stdout.trim()).toBe('');
  });
});

describe.skipIf(!needTool('gcc').available)('runOnHost', () => {
  it('returns the status of the package, negative too', async () => {
    const { runs } = await runOnHost(withLine('return 0;', 'return -7;'), tinySamples.slice(0, 1), [4]);
    expect(runs.map(({ status }) => status)).toEqual([-7]);
  });

  it('gives each run an arena without anything left from the run before', async () => {
    const counting = withLine('LAYER_END(1);', 'LAYER_END(1);\n    memory[16] = memory[15]++;');
    const { runs } = await runOnHost(counting, tinySamples, [4]);
    expect(runs.map(({ outputs }) => outputs[0]?.[0])).toEqual([0x5a, 0x5a, 0x5a, 0x5a]);
  });

  it('fails on a warning, and says which', async () => {
    const narrowing = withLine('(int8_t)(sum', '(sum');
    const work = runOnHost(narrowing, tinySamples, [4]);
    await expect(work).rejects.toThrow(/tiny\.c.*conversion/is);
    expect(await codeOf(work)).toBe('c-build-failed');
  });

  it('fails on an access outside the arena with sanitizers', async () => {
    const outside = withLine('LAYER_END(1);', 'LAYER_END(1);\n    memory[TINY_ARENA_BYTES] = 1;');
    const work = runOnHost(outside, tinySamples, [4], { sanitize: true });
    await expect(work).rejects.toThrow(/global-buffer-overflow/);
    expect(await codeOf(work)).toBe('run-failed');
  });

  it('fails when the sizes of the package differ from the caller’s', async () => {
    expect(await codeOf(runOnHost(tiny, tinySamples, [5]))).toBe('c-build-failed');
  });

  it('ends a program that does not end', async () => {
    const work = runOnHost(withLine('return 0;', 'for (;;) {\n    }'), tinySamples, [4], { timeoutMs: 300 });
    await expect(work).rejects.toThrow(/did not end in time/);
  });

  it('leaves no folder behind', async () => {
    const marker = 'thimble-';
    const before = new Set(readdirSync(tmpdir()).filter((name) => name.startsWith(marker)));
    await runOnHost(tiny, tinySamples, [4]);
    // Other suites make folders of the same name at the same time, so only those that last count.
    const added = readdirSync(tmpdir()).filter((name) => name.startsWith(marker) && !before.has(name));
    await expect
      .poll(() => readdirSync(tmpdir()).filter((name) => added.includes(name)), { timeout: 20_000 })
      .toEqual([]);
  });
});

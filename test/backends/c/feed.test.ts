import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { randomInputs } from '../../../converter/random-inputs.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import type { PackageFile } from '../../../targets/harness/package.ts';
import { build, STRICT_WARNINGS, withWorkspace, writeFiles } from '../../../targets/harness/workspace.ts';
import { type HostOptions, runOnHost } from '../../../targets/host/run.ts';
import { runProcess } from '../../../targets/process.ts';
import { needTool } from '../../support/tools.ts';
import { packageOf, plainOptions } from './batch.ts';
import { fedPackageOf, pictureModel } from './fed.ts';
import { tinyModel } from './tiny.ts';

/** Packages whose input comes row by row: what they read like, and the order of calls. */

const tools = needTool('gcc', 'g++', 'clang', 'clang++');

const textOf = ({ contents }: PackageFile): string =>
  typeof contents === 'string' ? contents : new TextDecoder().decode(contents);

function tinyPackage(prefix: string): PackageFile[] {
  const { graph, input } = tinyModel('exact');
  const vectors = [{ inputs: [input], outputs: evaluateGraph(graph, [input]) }];
  return fedPackageOf(graph, { ...plainOptions(prefix), vectors });
}

describe('the text of a fed package', () => {
  it('is the golden one', () => {
    const folder = fileURLToPath(new URL('../../golden/c-fed/', import.meta.url));
    const shown = ['include/tiny.h', 'src/tiny.c', 'test/tiny_selftest.c', 'README.md', 'thimble.json'];
    for (const file of tinyPackage('tiny').filter(({ path }) => shown.includes(path))) {
      if (process.env.THIMBLE_UPDATE_GOLDEN === '1') {
        mkdirSync(dirname(folder + file.path), { recursive: true });
        writeFileSync(folder + file.path, textOf(file));
      }
      expect(textOf(file), file.path).toBe(readFileSync(folder + file.path, 'utf8'));
    }
  });

  it('keeps to 100 columns in the header', () => {
    const lines = tinyPackage('tiny').flatMap((file) =>
      file.path === 'include/tiny.h' ? textOf(file).split('\n') : [],
    );
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  it('has no functions of an input in memory', () => {
    const sources = tinyPackage('tiny').filter(({ path }) => /\.[ch]$/.test(path));
    const names = sources.flatMap((file) => textOf(file).match(/\btiny_(?:run|input|input_0)\(/g) ?? []);
    expect(names).toEqual([]);
  });
});

describe.skipIf(!tools.available)('a picture fed row by row', () => {
  const builds: readonly Partial<HostOptions>[] = [
    { compiler: 'gcc', sanitize: true },
    { compiler: 'clang', defines: ['THIMBLE_PROFILE'] },
    { compiler: 'g++' },
    { compiler: 'clang++' },
  ];
  test.each([
    ['of which no layer reads the last row', 6, { kernel: 1, stride: 2, top: 0 }, builds],
    ['with padding', 7, { kernel: 3, stride: 2, top: 1 }, builds.slice(0, 1)],
    ['of two rows', 2, { kernel: 1, stride: 1, top: 0 }, builds.slice(0, 1)],
    ['with more padding than rows', 3, { kernel: 5, stride: 1, top: 4 }, builds.slice(0, 1)],
  ] as const)('%s', async (_, height, window, compilers) => {
    const graph = pictureModel(height, window);
    const inputs = randomInputs(graph, 5);
    const expected = evaluateGraph(graph, inputs).map(({ data }) => toBytes(data));
    const sample = { inputs: inputs.map(({ data }) => toBytes(data)) };
    const model = { prefix: 'picture', files: fedPackageOf(graph, plainOptions('picture')) };
    for (const options of compilers) {
      const { runs } = await runOnHost(model, [sample, sample], [expected[0]?.length ?? 0], options);
      expect(runs).toEqual([0, 0].map((status) => ({ status, outputs: expected })));
    }
  });
});

/** Two models, each with its arena and two frames. `run` gives the number of the line that is wrong. */
const PROTOCOL = `
#include "first.h"
#include "second.h"
#include <string.h>
#define CHECK(condition) do { if (!(condition)) return __LINE__; } while (0)
static union { double align; unsigned char bytes[FIRST_ARENA_BYTES + 1]; } a, c;
static union { double align; unsigned char bytes[SECOND_ARENA_BYTES + 1]; } b;
static int8_t frame[FIRST_INPUT_0_ELEMENTS], other[FIRST_INPUT_0_ELEMENTS];
static int8_t wanted[FIRST_OUTPUT_0_ELEMENTS], found[FIRST_OUTPUT_0_ELEMENTS];
static const int8_t *row_of(const int8_t *of, int y) { return of + y * FIRST_INPUT_0_ROW_ELEMENTS; }
static int is_wanted(void) { return memcmp(wanted, first_output_0(a.bytes), sizeof wanted) == 0; }
static int frame_of(unsigned char *arena, const int8_t *of)
{
    for (int y = 0; y < FIRST_INPUT_0_ROWS; y++) {
        const int status = first_feed_row(arena, row_of(of, y));
        if (status != (y + 1 < FIRST_INPUT_0_ROWS ? FIRST_OK : FIRST_DONE)) return 0;
    }
    return 1;
}
#line 1
static int run(void)
{
    for (unsigned i = 0; i < sizeof frame; i++) {
        frame[i] = (int8_t)(i * 37 % 251 - 120);
        other[i] = (int8_t)(i * 91 % 241 - 110);
    }
    for (int fill = 0; fill < 256; fill++) { /* an arena that no frame has begun in */
        memset(a.bytes, fill, sizeof a.bytes);
        CHECK(first_feed_row(a.bytes, frame) == FIRST_ERROR_NO_ROW_WANTED);
    }
    CHECK(first_begin(NULL) == FIRST_ERROR_NULL_ARENA && first_begin(a.bytes + 1) == FIRST_ERROR_MISALIGNED_ARENA);
    CHECK(first_feed_row(NULL, frame) == FIRST_ERROR_NULL_ARENA);
    CHECK(first_feed_row(a.bytes + 1, frame) == FIRST_ERROR_MISALIGNED_ARENA);
    CHECK(first_run_rows(NULL, frame) == FIRST_ERROR_NULL_ARENA);
    CHECK(first_run_rows(a.bytes, NULL) == FIRST_ERROR_NULL_ROW);
    CHECK(first_run_rows(a.bytes, frame) == FIRST_OK);
    memcpy(wanted, first_output_0(a.bytes), sizeof wanted);
    CHECK(first_run_rows(a.bytes, other) == FIRST_OK);
    CHECK(!is_wanted()); /* the frames can be told apart */
    memcpy(found, first_output_0(a.bytes), sizeof found);

    /* two frames, one after the other; a row too many changes nothing, in the arena neither */
    CHECK(first_begin(a.bytes) == FIRST_OK && frame_of(a.bytes, other));
    CHECK(first_begin(a.bytes) == FIRST_OK && frame_of(a.bytes, frame) && is_wanted());
    memcpy(c.bytes, a.bytes, sizeof a.bytes);
    CHECK(first_feed_row(a.bytes, other) == FIRST_ERROR_NO_ROW_WANTED);
    CHECK(memcmp(c.bytes, a.bytes, sizeof a.bytes) == 0);

    /* a frame that begins in the middle of another one, after each number of rows */
    for (int rows = 0; rows < FIRST_INPUT_0_ROWS; rows++) {
        CHECK(first_begin(a.bytes) == FIRST_OK);
        for (int y = 0; y < rows; y++) CHECK(first_feed_row(a.bytes, row_of(other, y)) == FIRST_OK);
        CHECK(first_begin(a.bytes) == FIRST_OK && frame_of(a.bytes, frame) && is_wanted());
    }

    /* another model between any two rows, and a second frame of the same one in another arena */
    CHECK(first_begin(a.bytes) == FIRST_OK && first_begin(c.bytes) == FIRST_OK);
    for (int y = 0; y < FIRST_INPUT_0_ROWS; y++) {
        const int status = y + 1 < FIRST_INPUT_0_ROWS ? FIRST_OK : FIRST_DONE;
        CHECK(first_feed_row(a.bytes, row_of(frame, y)) == status);
        memset(second_input(b.bytes, 0), y, SECOND_INPUT_0_BYTES);
        CHECK(second_run(b.bytes) == SECOND_OK);
        CHECK(first_feed_row(c.bytes, row_of(other, y)) == status);
        CHECK(first_feed_row(c.bytes, NULL) == FIRST_ERROR_NULL_ROW);
    }
    CHECK(is_wanted() && memcmp(found, first_output_0(c.bytes), sizeof found) == 0);

    /* what another model leaves in the arena is no frame */
    CHECK(first_begin(a.bytes) == FIRST_OK);
    memset(a.bytes, 0, sizeof a.bytes);
    CHECK(first_feed_row(a.bytes, frame) == FIRST_ERROR_NO_ROW_WANTED);
    return 0;
}
`;

describe.skipIf(!tools.available)('feeding rows', () => {
  it('begins, restarts, ends and refuses as the header says', async () => {
    const first = tinyPackage('first');
    const second = packageOf(tinyModel('single').graph, plainOptions('second'));
    const selftest = 'int first_selftest(void);';
    const main = `${PROTOCOL}\n${selftest}\n#include <stdio.h>\nint main(void)\n{\n    const int line = run();\n    printf("%d %d\\n", line, first_selftest());\n    return 0;\n}\n`;
    await withWorkspace(async (workspace) => {
      writeFiles(workspace, [...first, ...second, { path: 'main.c', contents: main }]);
      const sources = ['first', 'second'].flatMap((m) =>
        ['', '_layers', '_weights'].map((part) => `src/${m}${part}.c`),
      );
      const strict = ['-std=c99', ...STRICT_WARNINGS, '-O1', '-g', '-fsanitize=address,undefined'];
      const files = ['main.c', 'test/first_selftest.c', ...sources];
      const args = [...strict, '-fno-sanitize-recover=all', '-Iinclude', '-Isrc', ...files, '-o', 'program'];
      await build(workspace, { tool: 'gcc', args, where: 'two models' });
      const env = { ASAN_OPTIONS: 'detect_leaks=0' };
      const ended = await runProcess(`${workspace.folder}/program`, [], {
        cwd: workspace.folder,
        timeoutMs: 20_000,
        env,
      });
      expect(ended).toMatchObject({ exitCode: 0, stdout: '0 0\n' });
    });
  });
});

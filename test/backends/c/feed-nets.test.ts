import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { randomInputs } from '../../../converter/random-inputs.ts';
import { build, STRICT_WARNINGS, withWorkspace, writeFiles } from '../../../targets/harness/workspace.ts';
import { runProcess } from '../../../targets/process.ts';
import { netPlans, randomNet } from '../../plan/stream/random-net.ts';
import { needTool } from '../../support/tools.ts';
import { plainOptions } from './batch.ts';
import { fedPackageOf } from './fed.ts';

/** Random nets of layers that run row by row, fed by rows: the self tests of their packages, under the sanitizers. */

const NETS = 24;

const tools = needTool('gcc');

const graphs = netPlans
  .map(randomNet)
  .filter((graph): graph is Graph => graph?.outputs.every(({ value }) => graph.inputs[0]?.value !== value) === true);

describe.skipIf(!tools.available)('random nets fed row by row', () => {
  test('give the golden outputs', { timeout: 120_000 }, async () => {
    const nets = fc.sample(graphs, { numRuns: NETS, seed: 5 });
    await withWorkspace(async (workspace) => {
      const units = nets.map((graph, i) => {
        const prefix = `net${i}`;
        const vectors = [0, 1].map((seed) => {
          const inputs = randomInputs(graph, seed);
          return { inputs, outputs: evaluateGraph(graph, inputs) };
        });
        writeFiles(workspace, fedPackageOf(graph, { ...plainOptions(prefix), vectors }));
        const parts = ['', '_layers', '_weights'].map((part) => `#include "src/${prefix}${part}.c"\n`);
        writeFiles(workspace, [
          { path: `${prefix}.c`, contents: `${parts.join('')}#include "test/${prefix}_selftest.c"\n` },
        ]);
        return prefix;
      });
      const tests = units.map((name) => `    if (${name}_selftest() != 0) puts("${name}");\n`);
      const declared = units.map((name) => `int ${name}_selftest(void);\n`);
      const main = `#include <stdio.h>\n${declared.join('')}int main(void)\n{\n${tests.join('')}    return 0;\n}\n`;
      writeFiles(workspace, [{ path: 'main.c', contents: main }]);
      const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
      const sources = ['main', ...units].map((name) => `${name}.c`);
      const args = ['-std=c99', ...STRICT_WARNINGS, '-O0', ...sanitizers, '-I.', '-Iinclude', '-Isrc', ...sources];
      await build(workspace, { tool: 'gcc', args: [...args, '-o', 'program', '-lm'], where: 'random nets' });
      const env = { ASAN_OPTIONS: 'detect_leaks=0' };
      const ended = await runProcess(`${workspace.folder}/program`, [], {
        cwd: workspace.folder,
        timeoutMs: 60_000,
        env,
      });
      expect(ended).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    });
  });
});

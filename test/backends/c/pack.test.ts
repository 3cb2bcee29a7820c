import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { emitPack } from '../../../converter/backends/c/pack/emit.ts';
import { packModel } from '../../../converter/backends/c/pack/model.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { type CPack, type PackChoice, packToC } from '../../../converter/pack.ts';
import { packageOptions } from '../../../converter/package-options.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { balancedPlan, type PlanOptions } from '../../../converter/plan/options.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { build, STRICT_WARNINGS, withWorkspace, writeFiles } from '../../../targets/harness/workspace.ts';
import { runProcess } from '../../../targets/process.ts';
import { digitsInt8 } from '../../cli/run-cli.ts';
import { hasShared, sharedDir } from '../../support/shared.ts';
import { needTool } from '../../support/tools.ts';
import { tinyModel } from './tiny.ts';

const gcc = needTool('gcc');
const concurrent: PackChoice = { sharing: 'concurrent', keepInputs: false };
const exclusive: PackChoice = { sharing: 'exclusive', keepInputs: false };
const fed: PlanOptions = { ...balancedPlan, optimize: 'sram', feedRows: true };

function modelFile(path: string): Graph {
  return optimizeGraph(importModel(readFileSync(path), path)).graph;
}

const shared = (name: string) => modelFile(`${sharedDir}models/tflite/${name}.tflite`);
const tiny = () => tinyModel('exact').graph;
const digits = () => modelFile(digitsInt8);

/** A model of a pack by its name. */
function named(name: string, graph: Graph, plan: PlanOptions | null = null) {
  return { graph, options: packageOptions(name, { plan, selfTestVectors: 2 }) };
}

const packOf = (models: readonly ReturnType<typeof named>[], choice: PackChoice) =>
  packToC(models, choice, packageOptions('both'));

/** What the self test of a pack prints, with its exit code, under the sanitizers. */
function selfTest(files: CPack['files']): Promise<{ exitCode: number | null; stdout: string }> {
  return withWorkspace(async (workspace) => {
    writeFiles(
      workspace,
      files.map(({ path, bytes }) => ({ path, contents: bytes })),
    );
    const sources = files.map(({ path }) => path).filter((path) => /^(?:src|test)\/.*\.c$/.test(path));
    const flags = ['-O0', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-DBOTH_SELFTEST_MAIN'];
    const args = ['-std=c99', ...STRICT_WARNINGS, ...flags, '-Iinclude', '-Isrc', ...sources, '-o', 'program', '-lm'];
    await build(workspace, { tool: 'gcc', args, where: 'pack' });
    const env = { ASAN_OPTIONS: 'detect_leaks=0' };
    const { exitCode, stdout } = await runProcess(`${workspace.folder}/program`, [], {
      cwd: workspace.folder,
      timeoutMs: 60_000,
      env,
    });
    return { exitCode, stdout };
  });
}

const agree = (vectors: number) => ({ exitCode: 0, stdout: `both: ${vectors} golden vectors agree\n` });

const arenas = ({ alone, joint }: CPack) => ({
  each: alone.map(({ memory }) => memory.arenaBytes),
  joint: joint.memory.arenaBytes,
});

describe.skipIf(!gcc.available)('a pack', () => {
  test('of exclusive models has the arena of the largest', async () => {
    const pack = packOf([named('tiny', tiny()), named('digits', digits())], exclusive);
    const { each, joint } = arenas(pack);
    expect(joint).toBe(Math.max(...each));
    expect(await selfTest(pack.files)).toEqual(agree(4));
  });

  test('of concurrent models keeps the outputs of each in less than the sum', async () => {
    const pack = packOf([named('tiny', tiny()), named('digits', digits())], concurrent);
    const { each, joint } = arenas(pack);
    const [first = 0, second = 0] = each;
    expect(joint).toBeLessThan(first + second);
    expect(joint).toBeGreaterThanOrEqual(Math.max(first, second));
    expect(await selfTest(pack.files)).toEqual(agree(4));
  });

  test('has a self test that fails where models that are concurrent lie as exclusive ones', async () => {
    const models = [named('tiny', tiny()), named('digits', digits())];
    const { model } = packOf(models, exclusive);
    const members = model.members.map((member) => ({
      program: member.model.program,
      choices: member.options.kernels.choices,
      options: member.options,
    }));
    const wrong = packModel(members, 'both', model.joint, 'concurrent', false);
    const options = { ...model.members[0]?.options, prefix: 'both' };
    const { files } = emitPack(wrong, options as Parameters<typeof emitPack>[1], {});
    expect(await selfTest(files)).toEqual({ exitCode: 1, stdout: 'both: vector 0 differs\n' });
  });

  test('of equal models has every function and table once', async () => {
    const alone = packOf([named('a', digits()), named('b', tiny())], exclusive).model;
    const twice = packOf([named('a', digits()), named('b', digits())], concurrent);
    expect(twice.model.added[1]).toEqual({ functions: 0, tableBytes: 0 });
    expect(twice.model.shared.functions).toHaveLength(alone.added[0]?.functions ?? -1);
    expect(twice.joint.memory.constantBytes).toBe(twice.alone[0]?.memory.constantBytes);
    expect(await selfTest(twice.files)).toEqual(agree(4));
  });

  test('is the same bytes every time, and each file is named once', () => {
    const [one, other] = [0, 1].map(() => packOf([named('tiny', tiny()), named('digits', digits())], concurrent).files);
    expect(one).toEqual(other);
    const paths = one?.map(({ path }) => path) ?? [];
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.filter((path) => path.endsWith('_integer.h'))).toEqual(['src/both_integer.h']);
  });

  test.skipIf(!hasShared)(
    'keeps states, and frames that come row by row, and inputs where that is asked for',
    async () => {
      const models = [
        named('vad', shared('mww_vad_v2')),
        named('kws', shared('mlperf_kws_int8'), fed),
        named('digits', digits()),
      ];
      const pack = packOf(models, { sharing: 'concurrent', keepInputs: true });
      const { each, joint } = arenas(pack);
      expect(joint).toBeLessThan(each.reduce((sum, bytes) => sum + bytes, 0));
      expect(await selfTest(pack.files)).toEqual(agree(6));
    },
  );
});

describe('a pack is refused', () => {
  function codes(work: () => unknown): readonly string[] {
    try {
      work();
    } catch (error) {
      if (error instanceof ProblemError) return error.problems.map(({ code, where }) => `${code} ${where}`);
      throw error;
    }
    return [];
  }

  test('where names clash', () => {
    expect(codes(() => packOf([named('m', tiny()), named('m', digits())], concurrent))).toEqual(['pack-name model m']);
    expect(codes(() => packOf([named('m', tiny()), named('both_b', digits())], concurrent))).toEqual([
      'pack-name model both_b',
    ]);
  });

  test('where exclusive models would lose what they keep', () => {
    expect(codes(() => packOf([named('a', digits(), fed), named('b', tiny())], exclusive))).toEqual([
      'pack-exclusive model a',
    ]);
  });

  test.skipIf(!hasShared)('where exclusive models remember', () => {
    expect(codes(() => packOf([named('vad', shared('mww_vad_v2')), named('b', tiny())], exclusive))).toEqual([
      'pack-exclusive model vad',
    ]);
  });
});

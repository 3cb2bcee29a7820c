import { describe, expect, test } from 'vitest';
import { fastExecutor } from '../../../../cli/quantize/executor.ts';
import { cKernelNeeds } from '../../../../converter/backends/c/kernels.ts';
import { type Executor, referenceExecutor } from '../../../../converter/compress/executor.ts';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { type NestedModel, nestWidths } from '../../../../converter/compress/prune/nested/widths.ts';
import { GraphBuilder } from '../../../../converter/ir/builder.ts';
import { type Graph, typeOf, valueId } from '../../../../converter/ir/graph.ts';
import { noClamp } from '../../../../converter/ops/definition.ts';
import { noPadding } from '../../../../converter/ops/window.ts';
import { packageOptions } from '../../../../converter/package-options.ts';
import { convertNestedToC, importModel, optimizeGraph, planProgram } from '../../../../converter/pipeline.ts';
import { balancedPlan } from '../../../../converter/plan/options.ts';
import { ProblemError } from '../../../../converter/problem.ts';
import { toBytes } from '../../../../converter/tensor/dtype.ts';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import { byteSize, tensorType } from '../../../../converter/tensor/tensor.ts';
import { build, readBytes, STRICT_WARNINGS, withWorkspace, writeFiles } from '../../../../targets/harness/workspace.ts';
import { runProcess } from '../../../../targets/process.ts';
import { randomGraph, randomInputs, smallInt8 } from '../../../ir/random-graph.ts';
import { hasShared, readShared } from '../../../support/shared.ts';
import { needTool } from '../../../support/tools.ts';
import { SANITIZED } from '../batch.ts';

/** The package of several widths computes for each what the graph of that width does, to the byte. */

const fractions = [0.25, 0.5, 0.75, 1];

function nested(graph: Graph): NestedModel {
  return nestWidths(graph, findChannelGroups(graph), new Map(), fractions, 4);
}

/** One program that runs every width of every model on the same input, one after the other in one arena. */
async function expectWidths(models: readonly Graph[], executor: Executor): Promise<void> {
  const all = models.map(nested);
  await withWorkspace(async (workspace) => {
    all.forEach((model, i) => {
      const files = convertNestedToC(model, packageOptions(`m${i}`)).files;
      writeFiles(
        workspace,
        files.map(({ path, bytes }) => ({ path, contents: bytes })),
      );
      const [input] = randomInputs(model.graph, i);
      writeFiles(workspace, [{ path: `in_${i}.bin`, contents: toBytes(input?.data ?? new Int8Array()) }]);
    });
    writeFiles(workspace, [{ path: 'main.c', contents: mainSource(all) }]);
    const args = [
      '-std=c99',
      ...STRICT_WARNINGS,
      ...SANITIZED.flags,
      '-Iinclude',
      '-Isrc',
      'main.c',
      '-o',
      'program',
      '-lm',
    ];
    await build(workspace, { tool: SANITIZED.compiler, args, where: 'the nested packages' });
    const ended = await runProcess(`${workspace.folder}/program`, [], { cwd: workspace.folder, timeoutMs: 60_000 });
    expect(ended.exitCode, ended.stdout + ended.stderr).toBe(0);
    all.forEach(({ widths, graph }, i) => {
      widths.forEach(({ graph: narrow, fraction }, w) => {
        const [wanted] = executor(narrow)(randomInputs(graph, i).slice(0, 1));
        const found = readBytes(workspace, `out_${i}_${w}.bin`);
        expect(Array.from(found), `model ${i}, width ${fraction}`).toEqual(
          Array.from(toBytes(wanted?.data ?? new Int8Array())),
        );
      });
    });
  });
}

function mainSource(models: readonly NestedModel[]): string {
  const sources = models.flatMap((_, i) => ['', '_layers', '_weights'].map((part) => `#include "src/m${i}${part}.c"`));
  const runs = models.map(({ graph, widths }, i) => {
    const bytes = (ports: Graph['inputs']) => byteSize(typeOf(graph, ports[0]?.value ?? (0 as never)));
    const M = `M${i}`;
    return `
    {
        static union { double align; unsigned char bytes[${M}_ARENA_BYTES + 1]; } arena;
        memset(arena.bytes, 0x5A, sizeof arena.bytes);
        if (${M}_WIDTHS != ${widths.length}) return 3;
        for (int width = ${M}_WIDTHS - 1; width >= 0; width--) {
            char name[32];
            if (transfer("in_${i}.bin", "rb", m${i}_input_width(arena.bytes, width, 0), ${bytes(graph.inputs)})) return 1;
            if (m${i}_run_width(arena.bytes, width) != 0 || arena.bytes[${M}_ARENA_BYTES] != 0x5A) return 2;
            (void)snprintf(name, sizeof name, "out_${i}_%d.bin", width);
            if (transfer(name, "wb", (void *)(uintptr_t)m${i}_output_width(arena.bytes, width, 0), ${bytes(graph.outputs)})) return 1;
        }
        if (m${i}_run_width(arena.bytes, ${widths.length}) != ${M}_ERROR_WIDTH || m${i}_run_width(NULL, 0) != ${M}_ERROR_NULL_ARENA) return 4;
        if (m${i}_input_width(arena.bytes, -1, 0) != NULL || m${i}_output_width(arena.bytes, 0, 99) != NULL) return 5;
    }`;
  });
  return `${sources.join('\n')}
#include <stdio.h>
static int transfer(const char *name, const char *mode, void *data, size_t size)
{
    FILE *file = fopen(name, mode);
    if (file == NULL || data == NULL) return 1;
    const size_t done = mode[0] == 'r' ? fread(data, 1, size, file) : fwrite(data, 1, size, file);
    return fclose(file) != 0 || done != size;
}
int main(void)
{${runs.join('\n')}
    return 0;
}
`;
}

/** Bytes of the tables of a package. */
function tableBytes(files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): number {
  const weights = files.find(({ path }) => path.endsWith('_weights.c'));
  const textOf = new TextDecoder().decode(weights?.bytes);
  const size = { int8_t: 1, int16_t: 2, int32_t: 4 } as const;
  return [...textOf.matchAll(/^const (int8_t|int16_t|int32_t) \w+\[(\d+)\]/gm)].reduce(
    (sum, [, element, count]) => sum + size[element as keyof typeof size] * Number(count),
    0,
  );
}

describe.skipIf(!needTool('gcc').available)('a C package of several widths', () => {
  test.skipIf(!hasShared)('of models: the bytes of WASM, on one set of weights', async () => {
    const models = ['mlperf_kws_int8', 'mlperf_ic_resnet8_int8'].map((name) => {
      const path = `${name}.tflite`;
      return optimizeGraph(importModel(readShared(`models/tflite/${path}`), path)).graph;
    });
    await expectWidths(models, fastExecutor);
  });

  test('of random graphs', async () => {
    const graphs: Graph[] = [];
    for (let seed = 0; graphs.length < 5; seed++) {
      const graph = randomGraph(seed, { ...smallInt8, tries: 12 });
      if (graph.inputs.length === 1 && findChannelGroups(graph).groups.length > 1) graphs.push(graph);
    }
    await expectWidths(graphs, referenceExecutor);
  });
});

describe.skipIf(!hasShared)('the tables of a C package of several widths', () => {
  test('have each weight once', () => {
    const path = 'mlperf_ic_resnet8_int8.tflite';
    const graph = optimizeGraph(importModel(readShared(`models/tflite/${path}`), path)).graph;
    const all = nested(graph);
    const [whole, several] = [{ ...all, widths: [] }, all].map((model) => convertNestedToC(model, packageOptions('m')));
    const [one, four] = [tableBytes(whole?.files ?? []), tableBytes(several?.files ?? [])];
    expect(one).toBeGreaterThan(80_000);
    expect(four).toBeLessThan(1.05 * one);
    const manifest = several?.files.find(({ path: file }) => file === 'thimble.json');
    const { nested: told } = JSON.parse(new TextDecoder().decode(manifest?.bytes));
    expect(
      told.sharedTableBytes +
        told.widths.reduce((sum: number, width: { ownTableBytes: number }) => sum + width.ownTableBytes, 0),
    ).toBe(four);
    expect(told.widths.map(({ name }: { name: string }) => name)).toEqual(['0.25', '0.5', '0.75']);
    // The whole model, in its usual package, streams rows, and so do its widths.
    expect(several?.memory.arenaBytes).toBe(planProgram(graph, cKernelNeeds, balancedPlan).plan.arenaBytes);
  });
});

describe('a C package of several widths is refused', () => {
  const small = () => {
    const graph = randomGraph(3, { ...smallInt8, tries: 4 });
    return nested(graph);
  };
  const codes = (attempt: () => unknown): readonly string[] => {
    try {
      attempt();
    } catch (error) {
      if (error instanceof ProblemError) return [...new Set(error.problems.map(({ code }) => code))];
      throw error;
    }
    return [];
  };

  test('for input by rows', () => {
    const image = hasShared ? 'mlperf_kws_int8.tflite' : null;
    if (image === null) return;
    const graph = optimizeGraph(importModel(readShared(`models/tflite/${image}`), image)).graph;
    const plan = { ...balancedPlan, feedRows: true };
    expect(codes(() => convertNestedToC(nested(graph), packageOptions('m', { plan })))).toEqual(['nested-feed']);
  });

  test('with weights that have a zero point', () => {
    const net = new GraphBuilder();
    const type = tensorType('int8', [1, 4, 4, 4], perTensor(0.1, 3));
    const x = net.input('x', type);
    const weights = { type: tensorType('int8', [8, 1, 1, 4], perTensor(0.1, 5)), data: new Int8Array(32).fill(9) };
    const bias = { type: tensorType('int32', [8]), data: new Int32Array(8) };
    const attributes = { strides: [1, 1], dilations: [1, 1], padding: noPadding, groups: 1, clamp: noClamp } as const;
    const op = { type: 'conv-2d', attributes: { ...attributes, hybrid: 'none' } } as const;
    const inputs = [x, net.constant('w', weights), net.constant('b', bias)];
    net.output('y', net.node('conv', op, inputs, tensorType('int8', [1, 4, 4, 8], perTensor(0.1, 3)), 'y'));
    const graph = net.build('offset', 'test', 'exact');
    expect(codes(() => convertNestedToC(nested(graph), packageOptions('m')))).toEqual(['nested-zero-point']);
  });

  test('for a model with state, and as one header', () => {
    const { graph } = small();
    const state = { name: 's', value: valueId(9999), next: valueId(9999), initial: null };
    const value = { id: state.value, name: 's', type: tensorType('float32', [4]), data: null };
    const withState = { ...graph, states: [state], values: new Map(graph.values).set(state.value, value) };
    expect(codes(() => convertNestedToC(nested(withState), packageOptions('m')))).toEqual(['nested-state']);
    expect(codes(() => convertNestedToC(small(), packageOptions('m', { singleHeader: true })))).toEqual([
      'nested-single-header',
    ]);
  });
});

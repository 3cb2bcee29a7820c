import { basename } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { mcuModels } from '../../bench/mcu/models.ts';
import { usualChoice } from '../../converter/backends/c/choice.ts';
import type { CLayer, SupportHeader } from '../../converter/backends/c/kernel.ts';
import { cKernelNeeds, cProblems, layerOf } from '../../converter/backends/c/kernels.ts';
import { spareOf } from '../../converter/backends/c/spare.ts';
import { layerSram } from '../../converter/backends/c/stack/bound.ts';
import { totalLayer } from '../../converter/backends/c/stream/total.ts';
import { supportText, withIncludes } from '../../converter/backends/c/support.ts';
import { type Graph, typeOf } from '../../converter/ir/graph.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { convertToC, importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import { balancedPlan, latencyPlan } from '../../converter/plan/options.ts';
import { ProblemError } from '../../converter/problem.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import { toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import { elfSymbols } from '../../targets/elf.ts';
import { build, readBytes, withWorkspace, writeFiles } from '../../targets/harness/workspace.ts';
import { runInQemu } from '../../targets/qemu/run.ts';
import { stackBoundOf, stackBounds } from '../../targets/stack/bound.ts';
import { disassemble } from '../../targets/stack/disassembly.ts';
import { int4Case } from '../backends/c/int4-layers.ts';
import { type CaseRow, caseRows } from '../conformance/rows.ts';
import { jobsOf } from '../conformance/run.ts';
import { furtherModels, requiredModels } from '../support/models.ts';
import { hasShared, readShared } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';

/**
 * What is predicted without a compiler, against machine code and against the painted stack: never exceeded, and for the models of
 * the microcontroller benchmark no more than 256 bytes too much.
 */

const compiler = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'arm-none-eabi-objdump');
const emulator = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'arm-none-eabi-objdump', 'qemu-system-arm');

const graphOf = (path: string): Graph => optimizeGraph(importModel(readShared(path), basename(path))).graph;

/** With floating point from the C library, whose variables count. */
const floatModels = [
  'models/tflite/tflm_hello_world_float.tflite',
  'examples/digits/digits_float.tflite',
  'models/onnx/mlperf_ad_torch_float.onnx',
];

/** Run row by row where SRAM is short. */
const streamedModels = ['models/tflite/mlperf_kws_int8.tflite', 'models/tflite/mlperf_ic_resnet8_int8.tflite'];

describe.skipIf(!hasShared || !emulator.available)('the memory of a package on a Cortex-M4', () => {
  const models = [
    ...[...mcuModels.map(({ path }) => path), ...floatModels].map((path) => [path, balancedPlan] as const),
    ...streamedModels.map((path) => [path, { ...latencyPlan, optimize: 'sram' }] as const),
  ];
  test.each(models)('%s %o', async (path, plan) => {
    const graph = graphOf(path);
    const { artifacts, prefix, memory } = convertToC(graph, packageOptions(graph.name, { plan }));
    const files = artifacts.map((file) => ({ path: file.path, contents: file.bytes }));
    const sample = { inputs: randomInputs(graph, 1).map(({ data }) => toBytes(data)) };
    const sizes = graph.outputs.map(({ value }) => byteSize(typeOf(graph, value)));
    const { runs, use, elf } = await runInQemu({ prefix, files }, [sample], sizes, { counter: 'icount' });
    const painted = runs[0]?.stackBytes ?? Number.NaN;
    const arena = elfSymbols(elf).find(({ name }) => name === 'arena')?.size;
    expect(arena).toBe(memory.arenaBytes);
    expect(use.staticRamBytes).toBe(memory.staticBytes);
    const [code] = await stackBounds(elf, [`${prefix}_run`]);
    const codeBytes = code !== undefined && 'bytes' in code ? code.bytes : Number.NaN;
    expect(codeBytes).toBeGreaterThanOrEqual(painted);
    // The deepest call may be one that this input does not make.
    expect(codeBytes - painted).toBeLessThanOrEqual(24);
    expect(memory.stackBoundBytes).toBeGreaterThanOrEqual(codeBytes);
    expect(memory.stackBoundBytes - painted).toBeLessThanOrEqual(256);
  });
});

/** A layer function of some model, under a name of its own. */
interface Sample {
  readonly name: string;
  readonly layer: CLayer;
  readonly model: string;
}

/** The layers of a graph, those that run row by row where SRAM is short included. */
function layersIn(graph: Graph): CLayer[] {
  const { program, plan } = planProgram(graph, cKernelNeeds, { ...latencyPlan, optimize: 'sram' });
  if (cProblems(program).length > 0) return [];
  const { rounding } = program;
  const rows = program.streams.flatMap(({ scratch, actions }) => {
    const spareBytes = program.buffers.find(({ id }) => id === scratch)?.bytes ?? 0;
    return actions.flatMap((action) => {
      if (action.kind === 'total') return [totalLayer(action.step)];
      return action.kind === 'layer' ? [layerOf(action.step, { rounding, spareBytes, choice: usualChoice })] : [];
    });
  });
  return [
    ...rows,
    ...program.steps.map((step) =>
      layerOf(step, { rounding, spareBytes: spareOf(plan, step).bytes, choice: usualChoice }),
    ),
  ];
}

/** The layers of all graphs, each text once. */
function layersOf(graphs: Iterable<readonly [path: string, graph: Graph]>): Sample[] {
  const samples = new Map<string, Sample>();
  for (const [model, graph] of graphs) {
    for (const layer of layersIn(graph)) {
      const key = `${layer.parameters.map(({ declaration }) => declaration).join()}${layer.body}`;
      if (!samples.has(key)) samples.set(key, { name: `${layer.stem}_${samples.size}`, layer, model });
    }
  }
  return [...samples.values()];
}

/** The cases that can be imported, and the models. */
function* allGraphs(): Generator<readonly [string, Graph]> {
  for (const row of caseRows()) for (const graph of importable(row)) yield [row.path, optimizeGraph(graph).graph];
  for (const path of [...requiredModels, ...furtherModels]) yield [path, graphOf(path)];
  for (const group of [null, 32] as const)
    for (const rounding of ['exact', 'single'] as const) yield ['weights of 4 bits', int4Case(group, rounding).graph];
}

function importable(row: CaseRow): readonly Graph[] {
  try {
    return jobsOf(row).map(({ graph }) => graph);
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}

/** Every how many layers one is compiled; with THIMBLE_STACK_ALL=1 all are. */
const targets = [
  ['cortex-m4', '-O2', 1, ['-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard']],
  ['cortex-m4', '-Os', 6, ['-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard']],
  ['cortex-m3', '-O2', 6, ['-mcpu=cortex-m3', '-mfloat-abi=soft']],
] as const;

describe.skipIf(!hasShared || !compiler.available)('the bound of every layer that the tests know', () => {
  let samples: readonly Sample[] = [];

  beforeAll(() => {
    samples = layersOf(allGraphs());
  }, 240_000);

  test.each(targets)('%s %s', { timeout: 240_000 }, async (_cpu, optimize, every, target) => {
    const chosen = samples.filter((_, i) => i % (process.env.THIMBLE_STACK_ALL === '1' ? 1 : every) === 0);
    const elf = await compiled(chosen, [optimize, ...target]);
    const code = await disassemble(elf);
    const faults = chosen.flatMap(({ name, layer, model }) => {
      const bound = stackBoundOf(code, name);
      const predicted = layerSram(layer).stackBytes;
      if ('unbounded' in bound) return [`${name} of ${model}: ${bound.unbounded}`];
      const frames = bound.frames.map((frame) => `${frame.name} ${frame.bytes}`).join(' > ');
      return bound.bytes <= predicted ? [] : [`${name} of ${model}: ${bound.bytes} > ${predicted}: ${frames}`];
    });
    expect(samples.length).toBeGreaterThan(1000);
    expect(faults).toEqual([]);
  });
});

/** All functions in one source without their tables, linked with the C library. */
function compiled(samples: readonly Sample[], flags: readonly string[]): Promise<Uint8Array> {
  return withWorkspace(async (workspace) => {
    const wanted = samples.flatMap(({ layer }) => layer.headers);
    const isSupport = (header: string): header is SupportHeader => header !== 'math.h' && header !== 'float.h';
    const headers = withIncludes(wanted.filter(isSupport));
    writeFiles(
      workspace,
      headers.map((header) => ({ path: `thimble_${header}`, contents: supportText(header, 'thimble') })),
    );
    const functions = samples.map(({ name, layer: { parameters, body } }) => {
      const list = parameters.map(({ declaration }) => declaration).join(', ') || 'void';
      return `void ${name}(${list})\n{\n${body.replace(/^ +#/gm, '#')}\n}\n`;
    });
    const includes = [...headers.map((header) => `"thimble_${header}"`), '<float.h>', '<math.h>', '<string.h>'];
    const source = `${includes.map((name) => `#include ${name}\n`).join('')}${functions.join('\n')}`;
    writeFiles(workspace, [{ path: 'layers.c', contents: source }]);
    const libraries = ['-nostartfiles', '-specs=nano.specs', '-Wl,-e,0', '-lm'];
    const args = ['-mthumb', ...flags, '-std=c99', '-w', 'layers.c', '-o', 'layers.elf', ...libraries];
    await build(workspace, { tool: 'arm-none-eabi-gcc', args, where: 'all layers' });
    return readBytes(workspace, 'layers.elf');
  });
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wasmEngineFor } from '../../../cli/engine/wasm.ts';
import { type EmittedModule, emitWasmModule } from '../../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../../converter/backends/wasm/needs.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { packageOptions } from '../../../converter/package-options.ts';
import { convertToWasm } from '../../../converter/pipeline.ts';
import { lifetimesOf } from '../../../converter/plan/lifetimes.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { latencyPlan, type PlanOptions } from '../../../converter/plan/options.ts';
import { type MemoryPlan, planMemory } from '../../../converter/plan/plan.ts';
import { planProgram } from '../../../converter/plan/plan-program.ts';
import type { Program } from '../../../converter/plan/program.ts';
import { withStreams } from '../../../converter/plan/stream/stream.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import { numericData, type Tensor } from '../../../converter/tensor/tensor.ts';
import { meetsGoldens } from '../../models/golden-runs.ts';
import { netPlans, randomNet } from '../../plan/stream/random-net.ts';
import { RowNet } from '../../plan/stream/row-net.ts';
import { rowNets } from '../../plan/stream/row-nets.ts';
import { hasShared } from '../../support/shared.ts';
import { disassemble } from './assembler/run.ts';
import { instantiate, random, randomTensor, runModule } from './run-graph.ts';

const smallest: PlanOptions = { ...latencyPlan, optimize: 'sram' };

const streamOptions = { fedInput: null, spareShare: 1 };

/** The program of a graph as one stream. */
function streamed(graph: Graph): Program {
  const program = lowerGraph(graph, wasmKernelNeeds);
  const range = { first: 0, end: program.steps.length };
  return withStreams(program, [range], wasmKernelNeeds, streamOptions) ?? expect.fail('this is no stream');
}

/** Every buffer at a place of its own, with a gap behind it. */
function apartPlan(program: Program): MemoryPlan {
  const lifetimes = lifetimesOf(program);
  let end = 0;
  const placements = program.buffers.flatMap((buffer) => {
    const lifetime = lifetimes.get(buffer.id);
    if (lifetime === undefined) return [];
    const offset = end;
    end = Math.ceil((offset + buffer.bytes + 64) / 16) * 16;
    return [{ buffer, lifetime, offset, bank: 0 }];
  });
  return { arenaBytes: end, stateBytes: 0, arenaAlignment: 16, lowerBoundBytes: 0, placements, banks: [] };
}

type Emitted = EmittedModule & { readonly plan: MemoryPlan };

const emitted = (program: Program, plan: MemoryPlan): Emitted => ({ ...emitWasmModule(program, plan), plan });

function inputsOf(graph: Graph, seed: number): Tensor[] {
  const next = random(seed);
  return graph.inputs.map(({ value }) => randomTensor(typeOf(graph, value), next));
}

/** Integers to the bit, float32 within the tolerance of the kernels. */
function expectSame(actual: readonly Tensor[], wanted: readonly Tensor[]): void {
  expect(actual.length).toBe(wanted.length);
  for (const [i, tensor] of wanted.entries()) {
    const given = actual[i] ?? expect.fail('an output is missing');
    if (tensor.type.dtype === 'float32') expectNear(numericData(given), numericData(tensor));
    else expect(given).toEqual(tensor);
  }
}

function expectNear(actual: ArrayLike<number>, wanted: ArrayLike<number>): void {
  const values = Array.from(wanted);
  const limit = 1e-5 * Math.max(...values.map(Math.abs));
  expect(values.every((value, k) => Math.abs((actual[k] ?? Number.NaN) - value) <= limit)).toBe(true);
}

/** Whether an output varies: a test on a constant would show nothing. */
function isLively({ data }: Tensor): boolean {
  return new Set(Array.from<number | bigint>(data)).size > Math.min(4, data.length / 2);
}

describe('a stream gives what the reference gives', () => {
  test.each(rowNets.map(({ name, graph }) => [name, graph] as const))('%s', (_, graph) => {
    const program = streamed(graph);
    expect(program.streams.length).toBe(1);
    for (const seed of [1, 2]) {
      const inputs = inputsOf(graph, seed);
      const wanted = evaluateGraph(graph, inputs);
      expect(wanted.every(isLively)).toBe(true);
      for (const plan of [apartPlan(program), planMemory(program)]) {
        const module = emitted(program, plan);
        disassemble(module.bytes);
        expectSame(runModule(module, inputs), wanted);
      }
    }
  });

  test('of random graphs', () => {
    fc.assert(
      fc.property(netPlans, (netPlan) => {
        const graph = randomNet(netPlan);
        fc.pre(graph !== null);
        const inputs = inputsOf(graph, 4);
        const program = streamed(graph);
        expectSame(runModule(emitted(program, planMemory(program)), inputs), evaluateGraph(graph, inputs));
      }),
      { numRuns: 40 },
    );
  });

  test.each(['balanced', 'sram'] as const)('of random graphs, planned for %s', (optimize) => {
    fc.assert(
      fc.property(netPlans, (netPlan) => {
        const graph = randomNet(netPlan);
        fc.pre(graph !== null);
        const inputs = inputsOf(graph, 4);
        const { program, plan } = planProgram(graph, wasmKernelNeeds, { ...latencyPlan, optimize });
        expectSame(runModule(emitted(program, plan), inputs), evaluateGraph(graph, inputs));
      }),
      { numRuns: 15 },
    );
  });

  test('a second time, after the first', () => {
    for (const { graph } of rowNets) {
      const program = streamed(graph);
      const module = emitted(program, planMemory(program));
      const { memory, run } = instantiate(module);
      const once = () => {
        memory.fill(0x33, module.layout.arenaAddress);
        module.layout.inputs.forEach(({ address }, i) => {
          memory.set(toBytes(inputsOf(graph, 3)[i]?.data ?? new Int8Array()), address);
        });
        run();
        return module.layout.outputs.map(({ address, bytes }) => memory.slice(address, address + bytes));
      };
      expect(once()).toEqual(once());
    }
  });
});

/** A graph with two halves that are streams and something between them. */
function halves(): Graph {
  const n = new RowNet(77);
  const same3 = { kernel: 3, pad: [1, 1, 1, 1] } as const;
  const first = n.conv(n.conv(n.input(8, 8, 3), 6, same3), 4, same3);
  const middle = n.concat([first, first], 1);
  return n.build(n.conv(n.conv(middle, 5, same3), 3, { kernel: 1 }));
}

describe('streams between steps', () => {
  const graph = halves();
  const program = lowerGraph(graph, wasmKernelNeeds);
  const ranges = [
    { first: 0, end: 2 },
    { first: 3, end: 5 },
  ];
  const two = withStreams(program, ranges, wasmKernelNeeds, streamOptions) ?? expect.fail('these are no streams');
  const module = emitted(two, planMemory(two));
  const inputs = inputsOf(graph, 5);

  test('run in order', () => {
    expectSame(runModule(module, inputs), evaluateGraph(graph, inputs));
  });

  test('run step by step: the first step of a stream does it all', () => {
    const [whole, stepped] = [instantiate(module), instantiate(module)];
    for (const { memory } of [whole, stepped]) {
      memory.set(toBytes(inputs[0]?.data ?? new Int8Array()), module.layout.inputs[0]?.address ?? 0);
    }
    whole.run();
    const changes = program.steps.map(({ index }) => {
      const before = stepped.memory.slice();
      stepped.step(index);
      return Buffer.compare(before, stepped.memory) !== 0;
    });
    stepped.step(program.steps.length);
    expect(changes).toEqual([true, false, true, true, false]);
    expect(stepped.memory).toEqual(whole.memory);
  });

  test('have places only for what is in memory as a whole', () => {
    expect(module.layout.steps.map((place) => place !== null)).toEqual([false, true, true, false, true]);
  });

  test('are traced without what passes through', async () => {
    const traced = await wasmEngineFor(smallest).trace(rowNets[1]?.graph ?? graph, () =>
      inputsOf(rowNets[1]?.graph ?? graph, 1),
    );
    expect(traced.length).toBeGreaterThan(0);
  });
});

test('a table of half words for more than 256 actions', () => {
  const n = new RowNet(3);
  let x = n.input(4, 3, 2);
  for (let i = 0; i < 260; i++) x = i % 20 === 0 ? n.conv(x, 2, { kernel: [2, 1], pad: [1, 0, 0, 0] }) : n.tanh(x);
  const graph = n.build(x);
  const program = streamed(graph);
  expect(program.streams[0]?.actions.length).toBeGreaterThan(256);
  const inputs = inputsOf(graph, 1);
  expectSame(runModule(emitted(program, planMemory(program)), inputs), evaluateGraph(graph, inputs));
});

test('the smallest plan of a chain is smaller, and right', () => {
  const n = new RowNet(8);
  let x = n.input(24, 16, 4);
  for (let i = 0; i < 4; i++) x = n.conv(x, 12, { kernel: 3, pad: [1, 1, 1, 1] });
  const graph = n.build(n.total(x, 'average'));
  const [plain, small] = [latencyPlan, smallest].map((options) => planProgram(graph, wasmKernelNeeds, options));
  if (plain === undefined || small === undefined) throw new Error('no plan');
  expect(small.program.streams.length).toBeGreaterThan(0);
  expect(small.plan.arenaBytes).toBeLessThan(0.6 * plain.plan.arenaBytes);
  const inputs = inputsOf(graph, 1);
  expectSame(runModule(emitted(small.program, small.plan), inputs), evaluateGraph(graph, inputs));
});

describe('conversion', () => {
  const graph = rowNets[1]?.graph ?? expect.fail('no graph');

  test('refuses an input that comes by rows', () => {
    const plan = { ...latencyPlan, feedRows: true };
    expect(() => convertToWasm(graph, packageOptions('rows', { plan }))).toThrow(/takes its inputs whole/);
  });

  test('makes no streams unless it is told to', () => {
    expect(convertToWasm(graph, packageOptions('rows')).program.streams).toEqual([]);
  });
});

const models = [
  'mlperf_kws_int8',
  'mlperf_ic_resnet8_int8',
  'mlperf_vww_int8',
  'tflm_person_detect_int8',
  'mobilenet_v2_1.0_224_quant',
  'mlperf_kws_float',
];

describe.skipIf(!hasShared)('models with the smallest arena meet their expected outputs', () => {
  test.each(models)('%s', (name) => meetsGoldens(wasmEngineFor(smallest).run, `models/tflite/${name}.tflite`), 60_000);
});

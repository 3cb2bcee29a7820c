import { describe, expect, test } from 'vitest';
import { hostEngine, qemuM4Engine } from '../../cli/engine/c.ts';
import type { Engine } from '../../cli/engine/engine.ts';
import { referenceEngine } from '../../cli/engine/reference.ts';
import { wasmEngine } from '../../cli/engine/wasm.ts';
import { wasmKernelNeeds } from '../../converter/backends/wasm/needs.ts';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import { evaluateRuns } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { parseGraph } from '../../converter/ir/parse.ts';
import { printGraph } from '../../converter/ir/print.ts';
import { graphViolations } from '../../converter/ir/verify.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import { optimizeGraph } from '../../converter/pipeline.ts';
import { lowerGraph } from '../../converter/plan/lower.ts';
import { planMemory } from '../../converter/plan/plan.ts';
import { type Tensor, tensorType } from '../../converter/tensor/tensor.ts';

const pair = tensorType('float32', [2]);
const add = { type: 'zip', attributes: { fn: 'add', clamp: noClamp } } as const;
const numbers = (values: readonly number[]): Tensor => ({
  type: tensorType('float32', [values.length]),
  data: Float32Array.from(values),
});

/** y = x + s; s becomes y. */
function sum(initial: readonly number[] | null): Graph {
  const builder = new GraphBuilder();
  const x = builder.input('x', pair);
  const s = builder.state('s', pair, initial === null ? null : Float32Array.from(initial));
  const y = builder.node('ADD #0', add, [x, s], pair, 'y');
  builder.assign(s, y);
  builder.output('y', y);
  return builder.build('sum', 'a test', 'exact');
}

/** a and b change places in every run, and the output shows both. */
function swap(): Graph {
  const builder = new GraphBuilder();
  const x = builder.input('x', pair);
  const a = builder.state('a', pair, Float32Array.of(1, 2));
  const b = builder.state('b', pair, null);
  builder.assign(a, b);
  builder.assign(b, a);
  const concat = { type: 'concat', attributes: { axis: 0 } } as const;
  builder.output('y', builder.node('CONCAT #0', concat, [a, b, x], tensorType('float32', [6]), 'y'));
  return builder.build('swap', 'a test', 'exact');
}

/** The last three inputs, the oldest first: what streaming models keep of their past. */
function window(): Graph {
  const builder = new GraphBuilder();
  const x = builder.input('x', pair);
  const past = builder.state('past', tensorType('float32', [4]), null);
  const concat = { type: 'concat', attributes: { axis: 0 } } as const;
  const all = builder.node('CONCAT #0', concat, [past, x], tensorType('float32', [6]), 'all');
  const slice = { type: 'slice', attributes: { begin: [2], size: [4], strides: [1] } } as const;
  builder.assign(past, builder.node('SLICE #1', slice, [all], tensorType('float32', [4]), 'rest'));
  builder.output('all', all);
  return builder.build('window', 'a test', 'exact');
}

/** A state that takes the input, one that takes a constant, one that is shown as it was, and one that stays. */
function odd(): Graph {
  const builder = new GraphBuilder();
  const x = builder.input('x', pair);
  const taken = builder.state('taken', pair, null);
  const fixed = builder.state('fixed', pair, null);
  const kept = builder.state('kept', pair, Float32Array.of(7, 8));
  builder.assign(taken, x);
  builder.assign(fixed, builder.constant('c', numbers([3, 4])));
  const y = builder.node('ADD #0', add, [taken, fixed], pair, 'y');
  builder.output('y', builder.node('ADD #1', add, [y, kept], pair, 'z'));
  builder.output('was', taken);
  return builder.build('odd', 'a test', 'exact');
}

const runs = [
  [1, 10],
  [2, 20],
  [3, 30],
].map((values) => [numbers(values)]);

const models: readonly (readonly [string, Graph, readonly (readonly number[])[]])[] = [
  [
    'a sum',
    sum(null),
    [
      [1, 10],
      [3, 30],
      [6, 60],
    ],
  ],
  [
    'a sum from a start',
    sum([0.5, -1]),
    [
      [1.5, 9],
      [3.5, 29],
      [6.5, 59],
    ],
  ],
  [
    'two states that change places',
    swap(),
    [
      [1, 2, 0, 0, 1, 10],
      [0, 0, 1, 2, 2, 20],
      [1, 2, 0, 0, 3, 30],
    ],
  ],
  [
    'a window over the past',
    window(),
    [
      [0, 0, 0, 0, 1, 10],
      [0, 0, 1, 10, 2, 20],
      [1, 10, 2, 20, 3, 30],
    ],
  ],
  [
    'states without arithmetic',
    odd(),
    [
      [7, 8, 0, 0],
      [11, 22, 1, 10],
      [12, 32, 2, 20],
    ],
  ],
];

const engines: readonly Engine[] = [referenceEngine, wasmEngine, hostEngine, qemuM4Engine];

describe.each(engines.map((engine) => [engine.target, engine] as const))('state on %s', (_, engine) => {
  test.skipIf(engine.missing() !== null).each(models)('%s', async (_name, graph, expected) => {
    for (const form of [graph, optimizeGraph(graph).graph]) {
      const { inferences } = await engine.run(
        form,
        runs.map((inputs) => () => inputs),
        () => {},
      );
      expect(inferences.map(({ outputs }) => outputs.flatMap(({ data }) => Array.from(data, Number)))).toEqual(
        expected,
      );
    }
  });
});

test('the reference begins anew whenever it is asked to', () => {
  const graph = sum(null);
  const [first] = evaluateRuns(graph, runs);
  expect(evaluateRuns(graph, runs)[0]).toEqual(first);
});

test.each(models)('%s survives printing and parsing', (_, graph) => {
  const text = printGraph(graph);
  expect(printGraph(parseGraph(text))).toBe(text);
  expect(graphViolations(graph)).toEqual([]);
});

test('a graph whose state changes its shape is at fault', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', tensorType('float32', [3]));
  const s = builder.state('s', pair, null);
  builder.assign(s, x);
  builder.output('y', x);
  expect(graphViolations(builder.build('g', '', 'exact'))).toEqual(['state "s" changes its type']);
});

test('states lie in front, and the node that computes what comes next writes it where it belongs', () => {
  const program = lowerGraph(window(), wasmKernelNeeds);
  const plan = planMemory(program);
  expect(program.steps.map(({ op }) => op.type)).toEqual(['concat', 'slice']);
  expect(plan.stateBytes).toBe(16);
  expect(plan.placements.find(({ buffer }) => buffer.kind === 'state')?.offset).toBe(0);
  for (const { buffer, offset } of plan.placements)
    if (buffer.kind !== 'state') expect(offset).toBeGreaterThanOrEqual(16);
});

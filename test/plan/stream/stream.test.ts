import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../converter/ir/graph.ts';
import { lifetimesOf } from '../../../converter/plan/lifetimes.ts';
import { type KernelNeeds, lowerGraph } from '../../../converter/plan/lower.ts';
import { disjoint } from '../../../converter/plan/overlap.ts';
import { offsetOf, planMemory } from '../../../converter/plan/plan.ts';
import type { BufferId, Program, Stream } from '../../../converter/plan/program.ts';
import { withStreams } from '../../../converter/plan/stream/stream.ts';
import { netPlans, randomNet } from './random-net.ts';
import { rowNets } from './row-nets.ts';
import { runStream } from './run-stream.ts';

/** Kernels that want some scratch, and buffers anywhere. */
const needs: KernelNeeds = {
  alignment: 1,
  scratchBytes: ({ type }) => (type === 'conv-2d' ? 21 : 0),
  overlaps: (_, inputs) => disjoint(inputs),
  overlapUnit: () => 1,
  spareBytes: ({ type }) => (type === 'depthwise-conv-2d' ? 10 : 0),
  slowdown: () => 1,
};

const options = { fedInput: null, spareShare: 1 };

function streamed(graph: Graph, first = 0, end?: number): { readonly program: Program; readonly stream: Stream } {
  const lowered = lowerGraph(graph, needs);
  const range = { first, end: end ?? lowered.steps.length };
  const program = withStreams(lowered, [range], needs, options) ?? expect.fail('this is no stream');
  return { program, stream: program.streams[0] ?? expect.fail('no stream') };
}

/** Every buffer for itself; `moved` lies where it is told. */
function apart(program: Program, moved: ReadonlyMap<BufferId, number> = new Map()): (id: BufferId) => number {
  const offsets = new Map(moved);
  let end = Math.max(0, ...[...moved].map(([id, offset]) => offset + (program.buffers[id]?.bytes ?? 0)));
  for (const id of lifetimesOf(program).keys()) {
    if (offsets.has(id)) continue;
    offsets.set(id, end);
    end += program.buffers[id]?.bytes ?? 0;
  }
  return (id) => offsets.get(id) ?? expect.fail(`buffer ${id} is not used`);
}

const graphs: fc.Arbitrary<Graph> = netPlans.map(randomNet).filter((graph): graph is Graph => graph !== null);

describe('a stream', () => {
  test('reads the right rows, with every buffer for itself', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { program, stream } = streamed(graph);
        expect(runStream(program, stream, apart(program))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('reads the right rows in the memory that is planned', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { program, stream } = streamed(graph);
        const plan = planMemory(program);
        expect(runStream(program, stream, (id) => offsetOf(plan, id))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('leaves alone what lives beside it', () => {
    fc.assert(
      fc.property(graphs, fc.nat(), fc.nat(), (graph, from, to) => {
        const { length } = lowerGraph(graph, needs).steps;
        const first = from % length;
        const { program, stream } = streamed(graph, first, first + 1 + (to % (length - first)));
        const plan = planMemory(program);
        expect(runStream(program, stream, (id) => offsetOf(plan, id))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test.each(rowNets.map(({ name, graph }) => [name, graph] as const))('%s', (_, graph) => {
    const { program, stream } = streamed(graph);
    const plan = planMemory(program);
    expect(runStream(program, stream, (id) => offsetOf(plan, id))).toEqual([]);
  });
});

/** Stores of rows that are never in one moment share the same bytes; all else lies apart. */
function sharing({ stores, moments }: Stream, program: Program): (id: BufferId) => number {
  const rows = stores.flatMap(({ buffer }) => (program.buffers[buffer]?.name.endsWith(' rows') ? [buffer] : []));
  const isTogether = (a: BufferId, b: BufferId) => moments.some((moment) => moment.includes(a) && moment.includes(b));
  const moved = new Map<BufferId, number>();
  for (const id of rows) {
    const others = [...moved].filter(([other]) => isTogether(id, other));
    moved.set(id, Math.max(0, ...others.map(([other, at]) => at + (program.buffers[other]?.bytes ?? 0))));
  }
  return apart(program, moved);
}

test('stores that are in no moment together may share memory', () => {
  let shared = 0;
  fc.assert(
    fc.property(graphs, (graph) => {
      const { program, stream } = streamed(graph);
      const offsets = sharing(stream, program);
      expect(runStream(program, stream, offsets)).toEqual([]);
      if (new Set(stream.stores.map(({ buffer }) => offsets(buffer))).size < stream.stores.length) shared++;
    }),
    { numRuns: 300, seed: 1 },
  );
  expect(shared).toBeGreaterThan(10);
});

describe('whole inputs and outputs that overlap', () => {
  /** The faults with the input `distance` bytes behind the start of the output. */
  const faultsAt = (
    program: Program,
    stream: Stream,
    { input, output }: Stream['overlaps'][number],
    distance: number,
  ) =>
    runStream(
      program,
      stream,
      apart(
        program,
        new Map([
          [output, 0],
          [input, distance],
        ]),
      ),
    );

  const dies = (program: Program, stream: Stream, id: BufferId) => lifetimesOf(program).get(id)?.end === stream.end;

  test('are right at the stated distance and behind it', () => {
    fc.assert(
      fc.property(graphs, fc.nat(40), (graph, more) => {
        const { program, stream } = streamed(graph);
        for (const overlap of stream.overlaps) {
          if (!dies(program, stream, overlap.input)) continue;
          for (const distance of [overlap.bytes, overlap.bytes + 1, overlap.bytes + more]) {
            expect(faultsAt(program, stream, overlap, distance)).toEqual([]);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test('are wrong a byte before it', () => {
    let checked = 0;
    fc.assert(
      fc.property(graphs, (graph) => {
        const { program, stream } = streamed(graph);
        for (const overlap of stream.overlaps) {
          const { input, output, bytes } = overlap;
          // A total is taken to read and to write all the time.
          const isTotal = stream.actions.some(
            (action) =>
              action.kind === 'total' &&
              [stream.stores[action.input]?.buffer === input, stream.stores[action.output]?.buffer === output].includes(
                true,
              ),
          );
          if (bytes === 0 || isTotal) continue;
          checked++;
          expect(faultsAt(program, stream, overlap, bytes - 1)).not.toEqual([]);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
    expect(checked).toBeGreaterThan(40);
  });
});

import { describe, expect, test } from 'vitest';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { packageOptions } from '../../../converter/package-options.ts';
import { convertToC, convertToWasm } from '../../../converter/pipeline.ts';
import { lifetimesOf } from '../../../converter/plan/lifetimes.ts';
import { latencyPlan } from '../../../converter/plan/options.ts';
import { planProgram } from '../../../converter/plan/plan-program.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { pictureModel } from '../../backends/c/fed.ts';
import { RowNet } from './row-net.ts';

/** Inputs that come row by row: what is planned, and what is refused. */

const fed = { ...latencyPlan, feedRows: true };

const window = { kernel: [3, 3], stride: [1, 1], dilation: 1, pad: [1, 1, 1, 1] } as const;

function problemOf(graph: Graph): string {
  try {
    convertToC(graph, packageOptions('m', { plan: fed }));
  } catch (error) {
    if (error instanceof ProblemError) return `${error.problems[0]?.code}: ${error.problems[0]?.what}`;
    throw error;
  }
  return '';
}

describe('a fed input is refused', () => {
  test('beside another input', () => {
    const net = new RowNet(1);
    const [a, b] = [net.input(4, 3, 2), net.input(4, 3, 2)];
    expect(problemOf(net.build(net.add(a, b)))).toBe(
      'feed-rows: only a single input can come row by row; the model has 2',
    );
  });

  test('without rows', () => {
    const net = new RowNet(1);
    const x = net.builder.input('x', tensorType('float32', [1, 12]));
    expect(problemOf(net.build(net.softmax(x)))).toBe(
      'feed-rows: the input of shape 1x12 has no rows: those of 1xHxWxC with H > 1 do',
    );
  });

  test('that a layer reads as a whole, be it later', () => {
    const net = new RowNet(1);
    const x = net.input(4, 3, 2);
    const conv = net.conv(x, 2, window);
    const text = problemOf(net.build(net.add(conv, conv), net.concat([x, x], 1)));
    expect(text).toMatch(/^feed-rows: .* needs all rows at a time/);
  });

  test('that is an output too', () => {
    const net = new RowNet(1);
    const x = net.input(4, 3, 2);
    expect(problemOf(net.build(net.conv(x, 2, window), x))).toMatch(
      /^feed-rows: the input is an output of the model too/,
    );
  });

  test('by WASM', () => {
    const graph = pictureModel(8, { kernel: 3, stride: 1, top: 1 });
    const convert = () => convertToWasm(graph, packageOptions('m', { plan: fed }));
    expect(convert).toThrow(ProblemError);
    expect(convert).toThrow('a WASM module takes its input');
  });

  test('of more rows than a stream can number', () => {
    const graph = pictureModel(40_000, { kernel: 1, stride: 1, top: 0 });
    expect(problemOf(graph)).toMatch(/^feed-rows: /);
  });
});

describe('a fed input', () => {
  test('has no place, and a mark that nothing else overwrites', () => {
    const { program, plan } = planProgram(pictureModel(9, { kernel: 3, stride: 1, top: 1 }), cKernelNeeds, fed);
    const { mark, buffer } = program.fed ?? expect.fail('no fed input');
    expect(plan.placements.some((placement) => placement.buffer.id === buffer)).toBe(false);
    expect(lifetimesOf(program).get(mark)).toEqual({ start: -1, end: program.steps.length + 1 });
    const { offset } = plan.placements.find((placement) => placement.buffer.id === mark) ?? expect.fail('no mark');
    const others = plan.placements.filter((placement) => placement.buffer.id !== mark);
    expect(others.filter((other) => other.offset < offset + 4 && offset < other.offset + other.buffer.bytes)).toEqual(
      [],
    );
  });

  test('is copied once per row, the rows that no layer reads included', () => {
    const { program } = planProgram(pictureModel(6, { kernel: 1, stride: 2, top: 0 }), cKernelNeeds, fed);
    const [stream] = program.streams;
    const copies = stream?.order.filter((index) => stream.actions[index]?.kind === 'copy');
    expect(copies?.length).toBe(6);
  });

  test('goes into the stream that serves the goal', () => {
    const net = new RowNet(3);
    const x = net.input(40, 40, 1);
    const graph = net.build(net.total(net.conv(net.conv(net.conv(x, 8, window), 8, window), 8, window), 'average'));
    const plans = (['latency', 'balanced', 'sram'] as const).map((optimize) =>
      planProgram(graph, cKernelNeeds, { ...fed, optimize }),
    );
    const [quick = Number.NaN, balanced = Number.NaN, small = Number.NaN] = plans.map(({ plan }) => plan.arenaBytes);
    expect(plans.every(({ program }) => program.fed !== null && program.streams[0]?.first === 0)).toBe(true);
    expect(small).toBeLessThanOrEqual(balanced);
    expect(small).toBeLessThan(quick);
    const limited = planProgram(graph, cKernelNeeds, { ...fed, arenaBytes: small }).plan.arenaBytes;
    expect(limited).toBeLessThanOrEqual(small);
  });
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import { importModel, optimizeGraph, planProgram } from '../../../converter/pipeline.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { latencyPlan } from '../../../converter/plan/options.ts';
import { planMemory } from '../../../converter/plan/plan.ts';
import { bufferId } from '../../../converter/plan/program.ts';
import { momentsOf, peakOf } from '../../../converter/plan/render/peak.ts';
import { momentText, nameAt, pictureOf, spanAt } from '../../../converter/plan/render/picture.ts';
import { mapRows } from '../../../converter/plan/render/rows.ts';
import { digitsInt8 } from '../../cli/run-cli.ts';
import { simpleNeeds } from '../../support/needs.ts';
import { pictureOfRows } from './plans.ts';

const digits = optimizeGraph(importModel(new Uint8Array(readFileSync(digitsInt8)), 'digits_int8.tflite')).graph;

test('a buffer is called by what fills it at that step', () => {
  const picture = {
    ...pictureOfRows([['first', 'activation', 0, 100, 0, 9]], 9),
    tensors: new Map([
      [
        bufferId(0),
        [
          { name: 'first', step: 0, bytes: 100 },
          { name: 'second', step: 3, bytes: 100 },
          { name: 'a part', step: 5, bytes: 40 },
        ],
      ],
    ]),
  };
  const names = [0, 2, 3, 4, 5, 8].map((step) => nameAt(picture, bufferId(0), step));
  expect(names).toEqual(['first', 'first', 'second', 'second', 'second', 'second']);
});

test('a picture holds the tensors of each buffer, in the order in which they are written', () => {
  const program = lowerGraph(digits, simpleNeeds);
  const { tensors } = pictureOf(program, planMemory(program));
  for (const { index, outputs } of program.steps) {
    for (const { buffer, name } of outputs) {
      expect(tensors.get(buffer)).toContainEqual(expect.objectContaining({ name, step: index }));
    }
  }
  for (const { name, operand } of program.inputs)
    expect(tensors.get(operand.buffer)?.[0]).toMatchObject({ name, step: -1 });
});

test('a stream of a real plan is one row, from its first step to its last', () => {
  const options = { ...latencyPlan, optimize: 'sram' } as const;
  const { program, plan } = planProgram(digits, cKernelNeeds, options);
  const picture = pictureOf(program, plan);
  expect(picture.streams.length).toBeGreaterThan(0);
  const moments = momentsOf(plan, picture.steps.length);
  const peak = peakOf(moments);
  const rows = peak === null ? [] : mapRows(picture, moments, peak);
  for (const { first, end } of picture.streams) {
    expect(rows).toContainEqual(expect.objectContaining({ first, last: end - 1, works: 1 }));
    expect(spanAt(picture, end - 1)).toMatchObject({ first, end, name: `stream of ${end - first} steps` });
    expect(momentText(picture, first, 40)).toMatch(new RegExp(`^steps ${first}-${end - 1}, row by row from [A-Z]`));
  }
  expect(Math.max(...moments.map(({ topBytes }) => topBytes))).toBe(plan.arenaBytes);
});

test('the start and the end have names', () => {
  const program = lowerGraph(digits, simpleNeeds);
  const picture = pictureOf(program, planMemory(program));
  expect(momentText(picture, -1, 9)).toBe('the start');
  expect(momentText(picture, program.steps.length, 9)).toBe('the end');
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import { type MemoryBank, memoryBanksOf, RESERVED_SHARE } from '../../converter/plan/banks.ts';
import { heatOf } from '../../converter/plan/heat.ts';
import { latencyPlan } from '../../converter/plan/options.ts';
import { placeInBanks } from '../../converter/plan/place-in-banks.ts';
import { type MemoryPlan, offsetOf, planOfBank } from '../../converter/plan/plan.ts';
import type { Target } from '../../converter/plan/target.ts';
import { InternalError } from '../../converter/problem.ts';
import { digitsInt8 } from '../cli/run-cli.ts';

const graph = optimizeGraph(importModel(readFileSync(digitsInt8), 'digits.tflite')).graph;
const { program, plan: whole } = planProgram(graph, cKernelNeeds, latencyPlan);
const need = whole.arenaBytes;

/** Room for so many bytes after the share of the application. */
const room = (bytes: number) => Math.ceil(bytes / (1 - RESERVED_SHARE));

const fast = (bytes: number): MemoryBank => {
  return { name: 'DTCM', bytes, accessCycles: 1, dma: false, section: '.dtcm' };
};
const slow = (bytes: number): MemoryBank => {
  return { name: 'SRAM', bytes, accessCycles: 4, dma: true, section: null };
};

function heatIn(plan: MemoryPlan, bank: number): number {
  const heat = heatOf(program);
  return plan.placements
    .filter((placement) => placement.bank === bank)
    .reduce((sum, { buffer }) => sum + (heat.get(buffer.id) ?? 0), 0);
}

test('an arena that fits into the fastest memory stays whole', () => {
  const plan = placeInBanks(program, whole, [slow(10 * need), fast(room(need))]);
  expect(plan).toEqual({
    ...whole,
    banks: [
      {
        ...{ name: 'DTCM', usedBytes: need, lowerBoundBytes: whole.lowerBoundBytes },
        ...{ accessCycles: 1, dma: false, section: '.dtcm' },
      },
    ],
  });
});

test('hot buffers go to the fast memory, ports stay where DMA reaches them', () => {
  const plan = placeInBanks(program, whole, [fast(room(need) - 8), slow(10 * need)]);
  expect(plan.banks.map(({ name }) => name)).toEqual(['SRAM', 'DTCM']);
  expect(plan.banks[1]?.usedBytes).toBeLessThanOrEqual(need);
  expect(heatIn(plan, 1)).toBeGreaterThan(heatIn(plan, 0));
  for (const { operand } of [...program.inputs, ...program.outputs]) {
    expect(plan.placements.find(({ buffer }) => buffer.id === operand.buffer)?.bank).toBe(0);
  }
  const moved = plan.placements.find(({ bank }) => bank === 1);
  expect(() => offsetOf(plan, moved?.buffer.id ?? expect.fail('nothing has moved'))).toThrow(InternalError);
  const parts = [planOfBank(plan, 0), planOfBank(plan, 1)];
  expect(parts.map(({ arenaBytes }) => arenaBytes)).toEqual(plan.banks.map(({ usedBytes }) => usedBytes));
  expect(parts.flatMap(({ placements }) => placements)).toHaveLength(plan.placements.length);
});

test('what fits nowhere whole is divided, without the share of the application if it must be', () => {
  const half = need - 4;
  const alike = { ...slow(half), name: 'SRAM2', section: '.sram2' };
  const plan = placeInBanks(program, whole, [slow(half), alike]);
  expect(plan.banks).toHaveLength(2);
  for (const { usedBytes } of plan.banks) expect(usedBytes).toBeLessThanOrEqual(half);
});

test('the plan stays as it is where there is nothing to choose, or nothing helps', () => {
  const alike = { ...slow(10 * need), name: 'SRAM2', section: '.sram2' };
  expect(placeInBanks(program, whole, [slow(10 * need), alike])).toBe(whole);
  expect(placeInBanks(program, whole, [fast(64), slow(64)])).toBe(whole);
  expect(placeInBanks(program, whole, [slow(10 * need)])).toBe(whole);
  expect(planProgram(graph, cKernelNeeds, latencyPlan).plan.banks).toEqual([]);
});

test('memories of a target: neighbours of one kind are one, and the stack is left free', () => {
  const bank = { dma: true, use: 'data', accessCycles: 1, section: null, region: 'sram', bytes: 1000 } as const;
  const banks: Target['banks'] = [
    { ...bank, name: 'A' },
    { ...bank, name: 'B' },
    { ...bank, name: 'ITCM', use: 'code' },
    { ...bank, name: 'C', region: 'far', accessCycles: 6, section: '.far' },
  ];
  const core = { name: 'M4', count: 1, isa: 'Armv7E-M', clockHz: 1, fpu: 'none', extensions: [] } as const;
  const target: Target = { name: 't', kind: 'mcu', title: 'T', cores: [core], banks, flash: null };
  expect(memoryBanksOf(target, 100)).toEqual([
    { name: 'A + B', bytes: 1900, accessCycles: 1, dma: true, section: null },
    { name: 'C', bytes: 900, accessCycles: 6, dma: true, section: '.far' },
  ]);
  expect(memoryBanksOf({ ...target, banks: banks.slice(0, 3) }, 100)).toBeNull();
});

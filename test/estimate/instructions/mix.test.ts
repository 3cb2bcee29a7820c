import { expect, it } from 'vitest';
import { instructionMix, mixClasses } from '../../../converter/estimate/instructions/mix.ts';

it('adds up executions by class, and tells taken branches from others', () => {
  const blocks = [
    { instructions: ['load', 'mac', 'mac', 'branch'] as const, executions: 10, left: 9 },
    { instructions: ['alu', 'mac'] as const, executions: 3, left: 0 },
    { instructions: ['store'] as const, executions: 0, left: 0 },
  ];
  const mix = instructionMix(blocks, (name) => name);
  expect([...mix]).toEqual([
    ['load', 10],
    ['mac', 23],
    ['alu', 3],
    ['branch-taken', 9],
    ['branch-not-taken', 1],
  ]);
  expect(new Set(mixClasses).size).toBe(mixClasses.length);
});

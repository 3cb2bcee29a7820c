import { describe, expect, it } from 'vitest';
import { coreModels } from '../../../converter/estimate/cores/cores.ts';
import { cortexM7 } from '../../../converter/estimate/cores/cortex-m7.ts';
import { cortexM33 } from '../../../converter/estimate/cores/cortex-m33.ts';
import { blockCosts, runCost } from '../../../converter/estimate/cores/cycles.ts';
import { rv32imc } from '../../../converter/estimate/cores/rv32imc.ts';
import { assembly } from './assembly.ts';

describe('Cortex-M33', () => {
  it.each([
    ['loads that wait for nothing', 'ldr r0, [r1]; ldr r2, [r3]; add r4, r5, r6', 3],
    ['a load and what reads it', 'ldr r0, [r1]; add r2, r0, #1', 3],
    ['a load and what reads it later', 'ldr r0, [r1]; nop; add r2, r0, #1', 3],
    ['two words, the first read at once', 'ldrd r0, r1, [r2]; add r3, r0, #1; add r4, r1, #1', 4],
    ['four words', 'ldmia r0, {r1, r2, r3, r4}', 4],
    ['a chain of multiply-accumulates', 'smlad r0, r1, r2, r0; smlad r0, r3, r4, r0; smlad r0, r1, r4, r0', 3],
    ['a factor that was just computed', 'mul r0, r1, r2; mul r3, r0, r2', 3],
    ['a packed word that is read', 'pkhbt r0, r1, r2; smlad r3, r0, r4, r3', 3],
    ['an extended byte that is read', 'sxtb r0, r1; add r3, r0, r4', 2],
  ])('%s', (_what, text, cycles) => {
    expect(runCost(cortexM33, assembly(text)).cycles).toBe(cycles);
  });

  it('takes three cycles for a taken branch', () => {
    const block = { instructions: assembly('subs r0, r0, #1; bne 0 <x>'), executions: 10, left: 9, split: 0 };
    expect(blockCosts(cortexM33, [block])[0]?.cycles).toBe(10 * 2 + 9 * 2);
  });
});

describe('Cortex-M7', () => {
  it.each([
    ['two sums at a time', 'add r0, r1, r2; add r3, r4, r5; add r6, r7, r8; add r9, r10, r11', 2],
    ['sums that need each other', 'add r0, r1, r2; add r3, r0, r5', 2],
    ['a load beside a product', 'ldr r0, [r1]; smlad r2, r3, r4, r2; ldr r5, [r6]; smlad r7, r3, r4, r7', 2],
    ['products one at a time', 'smlad r2, r3, r4, r2; smlad r7, r3, r4, r7', 2],
    ['two words by one load alone', 'add r5, r6, r7; ldrd r0, r1, [r2]; add r8, r9, r10', 3],
    ['instructions on lanes first of two', 'sxtb16 r0, r1; add r2, r3, r4; add r5, r6, r7; sxtb16 r8, r9', 3],
    ['an address needed a cycle early', 'add r0, r1, r2; ldr r3, [r0]', 3],
    ['a byte that is read', 'ldrb r0, [r1]; add r2, r0, #1', 3],
    ['a word that is read', 'ldr r0, [r1]; add r2, r0, #1', 2],
    ['stores one at a time', 'str r0, [r1]; str r2, [r3]', 2],
    ['division', 'sdiv r0, r1, r2; add r3, r4, r5', 8],
  ])('%s', (_what, text, cycles) => {
    expect(runCost(cortexM7, assembly(text)).cycles).toBe(cycles);
  });

  it('loses four cycles where a branch goes the rarer way', () => {
    const block = { instructions: assembly('subs r0, r0, #1; bne 0 <x>'), executions: 10, left: 9, split: 0 };
    expect(blockCosts(cortexM7, [block])[0]).toMatchObject({ cycles: 10 * 1 + 9 * 1 + 4, lost: { branch: 13 } });
  });
});

describe('RV32IMC', () => {
  it.each([
    ['a load and what reads it', 'lw a0,0(a1); addi a2,a0,1', 3],
    ['a load and what reads it later', 'lw a0,0(a1); nop; addi a2,a0,1', 3],
    ['products', 'mul a0,a1,a2; add a3,a0,a4; mulh a0,a1,a2', 7],
  ])('%s', (_what, text, cycles) => {
    expect(runCost(rv32imc, assembly(text)).cycles).toBe(cycles);
  });

  it.each([
    ['beqz a0,0', 3],
    ['ret ', 2],
    ['j 0', 2],
  ])('%s takes %i cycles when it is taken', (text, cycles) => {
    const [cost] = blockCosts(rv32imc, [{ instructions: assembly(text), executions: 1, left: 1, split: 0 }]);
    expect(cost?.cycles).toBe(cycles);
  });
});

it('names the sources of every core model, and what was taken to be so', () => {
  for (const { sources, assumed, name } of Object.values(coreModels)) {
    expect(sources.length, name).toBeGreaterThan(0);
    expect(assumed.length, name).toBeGreaterThan(0);
  }
});

import { describe, expect, it } from 'vitest';
import { cortexM0Plus } from '../../../converter/estimate/cores/cortex-m0plus.ts';
import { cortexM3 } from '../../../converter/estimate/cores/cortex-m3.ts';
import { cortexM4 } from '../../../converter/estimate/cores/cortex-m4.ts';
import { blockCosts, runCost, totalCost } from '../../../converter/estimate/cores/cycles.ts';
import { assembly } from './assembly.ts';

const on = (core: typeof cortexM4, text: string) => runCost(core, assembly(text));

describe('Cortex-M4', () => {
  // [what, assembly, cycles], counted by hand with the tables of DDI 0439 and the examples of DDI 0337I 3.3.2.
  it.each([
    ['nothing', '', 0],
    ['arithmetic', 'add r0, r1, r2; smlad r3, r4, r5, r3; sxtb16 r0, r1; ssat r0, #8, r0', 4],
    ['one load', 'ldr r0, [r1]', 2],
    ['LDR R0,[R1]; LDR R1,[R2]: normally three cycles', 'ldr r0, [r1]; ldr r1, [r2]', 3],
    ['LDR R0,[R1,R2]; STR R0,[R3,#20]: normally three cycles', 'ldr r0, [r1, r2]; str r0, [r3, #20]', 3],
    ['LDR R0,[R1,R2]; STR R1,[R3,R2]: normally three cycles', 'ldr r0, [r1, r2]; str r1, [r3, r2]', 3],
    ['three loads: normally four cycles', 'ldr r0, [r1, r5]; ldr r1, [r2]; ldr r2, [r3, #4]', 4],
    ['a load whose address another loads', 'ldr r0, [r1]; ldr r2, [r0]', 4],
    ['loads that move their base', 'ldr r0, [r1], #4; ldr r2, [r3]', 4],
    ['loads with arithmetic between', 'ldr r0, [r1]; add r4, r5, r6; ldr r2, [r3]', 5],
    ['stores', 'str r0, [r1, #4]; strb r2, [r3], #1; str r0, [r1, r2]', 4],
    ['nothing overlaps with a store', 'str r0, [r1]; ldr r2, [r3]', 3],
    ['LDRD', 'ldrd r0, r1, [r2]', 3],
    ['LDRD beside loads', 'ldr r4, [r5]; ldrd r0, r1, [r2]; ldr r6, [r7]', 7],
    ['LDM of eight', 'ldmia r0!, {r1-r8}', 9],
    ['PUSH and POP of five', 'push {r4-r7, lr}; pop {r4-r7, pc}', 12],
    ['an address that was just computed', 'add r0, r0, #4; ldr r1, [r0]', 4],
    ['an address computed earlier', 'add r0, r0, #4; nop; ldr r1, [r0]', 4],
    ['an address from a multiplication, for several words', 'mla r0, r1, r2, r3; ldmia r0, {r4, r5}', 5],
    ['a value that was just computed and is stored', 'add r0, r0, #4; str r0, [r1]', 2],
    ['multiply-accumulate in floating point', 'vfma.f32 s0, s1, s2; vmul.f32 s3, s4, s5', 4],
    ['a result in floating point that is read', 'vmul.f32 s3, s4, s5; vadd.f32 s0, s0, s3', 3],
    ['loads in floating point', 'vldr s0, [r0]; vldmia r1!, {s0-s3}', 7],
    ['division', 'udiv r0, r1, r2', 7],
  ])('%s', (_what, text, cycles) => {
    expect(on(cortexM4, text).cycles).toBe(cycles);
  });

  const smlads = (count: number) => Array.from({ length: count }, () => 'smlad r4, r2, r12, r4').join('\n');

  it('takes 1.19 cycles per MAC for 4 x 2 accumulators with int8 weights, 1.06 with int16 weights', () => {
    const pair = 'ldrd r2, r3, [r0], #8';
    const half = `${pair}\n${smlads(4)}\n${pair}\n${smlads(4)}`;
    const macs = 16;
    const [int8, int16] = [
      on(cortexM4, `ldrd r12, lr, [r1]\nsxtb16 r12, r12\nsxtb16 lr, lr\n${half}`).cycles / macs,
      on(cortexM4, `ldrd r12, lr, [r1]\n${half}`).cycles / macs,
    ];
    expect([int8.toFixed(2), int16.toFixed(2)]).toEqual(['1.19', '1.06']);
  });

  it('tells what is lost', () => {
    const text = 'ldr r0, [r1]; add r0, r0, #4; ldr r1, [r0]; ldrd r2, r3, [r4]; udiv r0, r1, r2';
    const { cycles, lost } = on(cortexM4, text);
    expect(cycles).toBe(2 + 1 + 3 + 3 + 7);
    expect(lost).toEqual({ load: 3, address: 1, result: 0, branch: 0, unaligned: 0, long: 6 });
  });

  it('takes three cycles for a taken branch, one for another', () => {
    const loop = { instructions: assembly('subs r0, r0, #1; bne 0 <x>'), executions: 10, left: 9, split: 0 };
    const call = { instructions: assembly('bl 0 <x>'), executions: 2, left: 2, split: 0 };
    const back = { instructions: assembly('pop {r4, pc}'), executions: 2, left: 2, split: 0 };
    const costs = blockCosts(cortexM4, [loop, call, back]);
    expect(costs.map(({ cycles }) => cycles)).toEqual([10 * 2 + 9 * 2, 2 * 3, 2 * (3 + 2)]);
    expect(totalCost(costs).lost).toEqual({
      load: 2,
      address: 0,
      result: 0,
      branch: 18 + 4 + 4,
      unaligned: 0,
      long: 0,
    });
  });

  it('takes a cycle for each further access of an unaligned load', () => {
    const block = { instructions: assembly('ldr r0, [r1]; bx lr'), executions: 4, left: 4, split: 6 };
    const [cost] = blockCosts(cortexM4, [block]);
    expect(cost).toMatchObject({ cycles: 4 * (2 + 3) + 6, lost: { load: 4, branch: 8, unaligned: 6 } });
  });
});

describe('Cortex-M3', () => {
  it('takes two cycles to multiply and add, and more for long products', () => {
    expect(on(cortexM3, 'mul r0, r1, r2; mla r0, r1, r2, r0; smlal r0, r1, r2, r3').cycles).toBe(1 + 2 + 6);
  });
});

describe('Cortex-M0+', () => {
  it.each([
    ['loads and stores', 'ldr r0, [r1, #0]; ldrsb r2, [r3, r4]; str r0, [r1, #0]', 6],
    ['several words', 'ldmia r0!, {r1, r2, r3}; push {r4, lr}', 4 + 3],
    [
      'a MAC of bytes: two loads, extension, product, sum',
      'ldrsb r0, [r1, r2]; ldrsb r3, [r4, r2]; muls r0, r3; adds r5, r5, r0',
      6,
    ],
    ['an address that was just computed', 'adds r0, #4; ldr r1, [r0, #0]', 3],
  ])('%s', (_what, text, cycles) => {
    expect(on(cortexM0Plus, text).cycles).toBe(cycles);
  });

  it.each([
    ['bne 0 <x>', 2],
    ['b 0 <x>', 2],
    ['bl 0 <x>', 3],
    ['bx lr', 2],
    ['pop {r4, pc}', 3 + 2],
  ])('%s takes %i cycles when it is taken', (text, cycles) => {
    const [cost] = blockCosts(cortexM0Plus, [{ instructions: assembly(text), executions: 1, left: 1, split: 0 }]);
    expect(cost?.cycles).toBe(cycles);
  });
});

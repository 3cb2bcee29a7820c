import { describe, expect, it } from 'vitest';
import { parseDisassembly } from '../../../targets/stack/disassembly.ts';
import { effectOf } from '../../../targets/stack/instruction.ts';

const effect = (mnemonic: string, operands: string) => effectOf({ address: 0x100, next: 0x102, mnemonic, operands });

describe('the effect of an instruction on the stack', () => {
  it.each([
    ['push', '{r4, r5, lr}', 12],
    ['stmdb', 'sp!, {r4, r5, r6, r7, r8, r9, r10, r11, lr}', 36],
    ['vpush', '{d8-d11}', 32],
    ['vpush', '{s16-s18}', 12],
    ['str', 'lr, [sp, #-4]!', 4],
    ['strd', 'r4, r5, [sp, #-16]!', 16],
    ['sub', 'sp, #160', 160],
    ['sub', 'sp, sp, #4096', 4096],
    ['subw', 'sp, sp, #1028', 1028],
    ['add', 'sp, #12', -12],
    ['pop', '{r4, pc}', -8],
    ['popeq', '{r4, r5}', -8],
    ['ldmia', 'sp!, {r4, r5, pc}', -12],
    ['vpop', '{d8}', -8],
    ['ldr', 'pc, [sp], #4', -4],
    ['ldmia', 'sp, {r2, r12, lr}', 0],
    ['str', 'r3, [sp, #4]', 0],
    ['add', 'r0, sp, #8', 0],
    ['cmp', 'sp, r8', 0],
  ])('%s %s: %d bytes', (mnemonic, operands, bytes) => {
    expect(effect(mnemonic, operands).stack).toEqual({ kind: 'grows', bytes });
  });

  it.each([
    ['sub', 'sp, sp, r3'],
    ['mov', 'sp, r4'],
    ['add', 'sp, r3'],
    ['ldr', 'sp, [r0, #4]'],
    ['stmib', 'sp!, {r4}'],
    ['str', 'r4, [sp, r1]!'],
  ])('%s %s: not known', (mnemonic, operands) => {
    expect(effect(mnemonic, operands).stack).toEqual({ kind: 'unknown' });
  });
});

describe('where an instruction leads', () => {
  it.each([
    ['b', '8000 <f>', { kind: 'jump', target: 0x8000, conditional: false }],
    ['bls', '8000 <f>', { kind: 'jump', target: 0x8000, conditional: true }],
    ['blt', '8000 <f>', { kind: 'jump', target: 0x8000, conditional: true }],
    ['cbnz', 'r3, 80fe <f+0x10>', { kind: 'jump', target: 0x80fe, conditional: true }],
    ['bl', 'ab10 <memcpy>', { kind: 'call', target: 0xab10 }],
    ['blne', 'ab10 <memcpy>', { kind: 'call', target: 0xab10 }],
    ['blx', 'r4', { kind: 'call-register', tail: false }],
    ['bx', 'r3', { kind: 'call-register', tail: true }],
    ['bx', 'lr', { kind: 'return' }],
    ['pop', '{r4, pc}', { kind: 'return' }],
    ['ldmia', 'sp!, {r4, pc}', { kind: 'return' }],
    ['ldr', 'pc, [sp], #4', { kind: 'return' }],
    ['ldr', 'pc, [sp, #20]', { kind: 'jump-computed' }],
    ['ldr', 'pc, [r3]', { kind: 'call-register', tail: true }],
    ['tbb', '[pc, r0]', { kind: 'jump-computed' }],
    ['movs', 'r0, #1', { kind: 'next' }],
    ['bic', 'r0, r0, #7', { kind: 'next' }],
  ])('%s %s', (mnemonic, operands, flow) => {
    expect(effect(mnemonic, operands).flow).toEqual(flow);
  });

  it('tells what may be skipped', () => {
    expect(effect('popeq', '{r4, pc}').conditional).toBe(true);
    expect(effect('bxne', 'lr').conditional).toBe(true);
    expect(effect('pop', '{r4, pc}').conditional).toBe(false);
  });
});

describe('the disassembly', () => {
  it('keeps instructions with their lengths, and literals', () => {
    const text = [
      '00000000 <f>:',
      '   0:\tb510      \tpush\t{r4, lr}',
      '   2:\tb0a8      \tsub\tsp, #160\t@ 0xa0',
      '   4:\tf851 3f04 \tldr.w\tr3, [r1, #4]!',
      '   8:\t20000001 \t.word\t0x20000001',
    ].join('\n');
    const { instructions, words } = parseDisassembly(text);
    expect([...instructions.values()]).toEqual([
      { address: 0, next: 2, mnemonic: 'push', operands: '{r4, lr}' },
      { address: 2, next: 4, mnemonic: 'sub', operands: 'sp, #160' },
      { address: 4, next: 8, mnemonic: 'ldr', operands: 'r3, [r1, #4]!' },
    ]);
    expect([...words]).toEqual([[8, 0x20000001]]);
  });
});

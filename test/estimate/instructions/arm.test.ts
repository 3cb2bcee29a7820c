import { describe, expect, it } from 'vitest';
import { armClass, decodeArm } from '../../../converter/estimate/instructions/arm.ts';
import type { MachineInstruction } from '../../../converter/estimate/instructions/instruction.ts';

/** `ldr r0, [r1]` as an instruction of four bytes. */
function instruction(text: string): MachineInstruction {
  const [mnemonic = '', ...rest] = text.split(' ');
  return { address: 0, next: 4, mnemonic, operands: rest.join(' ') };
}

describe('the class of an instruction', () => {
  it.each([
    ['load', ['ldr r0, [r1]', 'ldrb r0, [r1, #1]', 'ldrsh r0, [r1, r2]', 'ldrne r0, [r1]']],
    ['load-multiple', ['ldrd r0, r1, [r2], #8', 'ldmia r0!, {r1, r2}', 'pop {r4, r5}']],
    ['store', ['str r0, [r1]', 'strb r0, [r1], #1', 'strheq r0, [r1]']],
    ['store-multiple', ['strd r0, r1, [r2]', 'stmia r0!, {r1, r2}', 'push {r4, lr}', 'stmdb sp!, {r4-r7, lr}']],
    ['mac', ['mla r0, r1, r2, r3', 'smlad r0, r1, r2, r0', 'smlabb r0, r1, r2, r0', 'smmlar r0, r1, r2, r3']],
    ['mac', ['mls r0, r1, r2, r3', 'smlal r0, r1, r2, r3', 'smlald r0, r1, r2, r3', 'smlawb r0, r1, r2, r3']],
    ['multiply', ['mul r0, r1, r2', 'muls r0, r1', 'smulbb r0, r1, r2', 'smmulr r0, r1, r2', 'umull r0, r1, r2, r3']],
    ['divide', ['sdiv r0, r1, r2', 'udiv r0, r1, r2']],
    [
      'pack',
      ['sxtb16 r0, r1, ror #8', 'sxtb r0, r1', 'pkhbt r0, r1, r2, lsl #16', 'ssat r0, #8, r1', 'sadd16 r0, r1, r2'],
    ],
    [
      'alu',
      [
        'add r0, r1, r2, lsl #2',
        'subs r0, #1',
        'bic r0, r1, r2',
        'bfi r0, r1, #0, #8',
        'mov r0, r1',
        'lsls r0, r1, #2',
      ],
    ],
    ['alu', ['cmp r0, #1', 'itee', 'addne r0, r1, #1', 'movw r0, #1', 'ubfx r0, r1, #1, #2']],
    [
      'branch',
      ['b 10 <x>', 'bne 10 <x>', 'bl 10 <x>', 'blx r3', 'bx lr', 'cbz r0, 10 <x>', 'tbb [pc, r0]', 'ble.n 10'],
    ],
    ['branch', ['pop {r4, pc}', 'ldmia sp!, {r4, pc}', 'mov pc, lr', 'ldr pc, [r0]']],
    ['it', ['it ne', 'itte eq']],
    ['loop', ['dls lr, r2', 'le lr, 10 <x>', 'letp lr, 10', 'wlstp.8 lr, r0, 10', 'dlstp.8 lr, r0']],
    ['vector-load', ['vldrb.u8 q0, [r0], #16', 'vld40.32 {q0, q1, q2, q3}, [r1]', 'vldrwt.32 q0, [r1]']],
    ['vector-store', ['vstrb.8 q0, [r0]']],
    ['vector-mac', ['vmlava.s8 r0, q0, q1', 'vmladava.s16 r0, q0, q1', 'vmla.s8 q0, q1, r2']],
    ['vector-multiply', ['vqrdmulh.s32 q0, q1, q2', 'vmul.i32 q0, q1, q2']],
    ['vector-other', ['vadd.i32 q0, q1, r0', 'vpst', 'vmov q0[2], q0[0], r0, r1', 'vctp.32 r0']],
    [
      'float',
      ['vadd.f32 s0, s1, s2', 'vmov r0, s0', 'vcvt.s32.f32 s0, s0', 'vmrs APSR_nzcv, fpscr', 'vmul.f32 s0, s0, s1'],
    ],
    ['float-mac', ['vfma.f32 s0, s1, s2', 'vmla.f32 s0, s1, s2']],
    ['float-divide', ['vdiv.f32 s0, s1, s2', 'vsqrt.f32 s0, s1']],
    ['float-load', ['vldr s0, [r0]', 'vldmia r0!, {s0-s3}', 'vpop {d8}']],
    ['float-store', ['vstr s0, [r0]', 'vpush {d8}']],
  ] as const)('is %s', (kind, texts) => {
    for (const text of texts.filter((one) => !one.startsWith('itee') && !one.startsWith('ble.n'))) {
      expect(armClass(instruction(text)), text).toBe(kind);
    }
  });
});

describe('the registers of an instruction', () => {
  it.each([
    [
      'ldr r0, [r1, r2, lsl #2]',
      { reads: ['r1', 'r2'], writes: ['r0'], address: ['r1', 'r2'], indexed: true, words: 1 },
    ],
    ['ldrd r2, r3, [r0], #8', { writes: ['r2', 'r3'], address: ['r0'], writesBack: 'r0', words: 2 }],
    ['ldr r2, [r0, #4]!', { writesBack: 'r0', indexed: false }],
    [
      'ldmia r1!, {r2, r3, r12, lr}',
      { writes: ['r2', 'r3', 'r12', 'lr'], address: ['r1'], writesBack: 'r1', words: 4 },
    ],
    ['ldmia r1, {r4-r7}', { writes: ['r4', 'r5', 'r6', 'r7'], writesBack: null, words: 4 }],
    ['push {r4, r5, lr}', { reads: ['sp', 'r4', 'r5', 'lr'], writes: [], address: ['sp'], writesBack: 'sp', words: 3 }],
    ['strb r4, [lr], #1', { reads: ['lr', 'r4'], writes: [], address: ['lr'], writesBack: 'lr' }],
    ['vldmia r0!, {s0-s3}', { writes: ['s0', 's1', 's2', 's3'], address: ['r0'], words: 4 }],
    ['vldrb.u8 q4, [r3], #16', { address: ['r3'], writesBack: 'r3', words: 4 }],
    ['add r4, r11', { reads: ['r4', 'r11'], writes: ['r4'], address: [], words: 0 }],
    ['add r4, r5, r6, lsl #2', { reads: ['r5', 'r6'], writes: ['r4'] }],
    ['smlad r4, r2, r12, r4', { reads: ['r2', 'r12', 'r4'], writes: ['r4'] }],
    ['smlal r4, r5, r1, r2', { reads: ['r4', 'r5', 'r1', 'r2'], writes: ['r4', 'r5'] }],
    ['mov r4, r5', { reads: ['r5'], writes: ['r4'] }],
    ['cmp r4, r5', { reads: ['r4', 'r5'], writes: [] }],
    ['bx lr', { control: 'register', writes: [] }],
    ['pop {r4, pc}', { control: 'register', words: 2 }],
    ['bne 10 <x>', { control: 'conditional' }],
    ['le lr, 10 <x>', { control: 'conditional' }],
    ['b 10 <x>', { control: 'jump' }],
    ['vmlava.s8 r0, q0, q1', { reads: ['r0', 'q0', 'q1'], writes: ['r0'] }],
    ['vfma.f32 s0, s1, s2', { reads: ['s0', 's1', 's2'], writes: ['s0'] }],
    ['vadd.f32 s0, s1, s2', { reads: ['s1', 's2'], writes: ['s0'] }],
  ])('%s', (text, expected) => {
    expect(decodeArm(instruction(text))).toMatchObject(expected);
  });
});

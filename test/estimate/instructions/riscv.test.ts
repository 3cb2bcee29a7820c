import { expect, it } from 'vitest';
import { decodeRiscv, riscvClass } from '../../../converter/estimate/instructions/riscv.ts';

/** `lw a0,4(a1)` as an instruction of four bytes. */
function instruction(text: string) {
  const [mnemonic = '', operands = ''] = text.split(' ');
  return { address: 0, next: 4, mnemonic, operands };
}

it.each([
  ['load', ['lb a0,0(a1)', 'lhu a0,2(a1)', 'lw ra,12(sp)']],
  ['store', ['sb a0,0(a1)', 'sw ra,12(sp)']],
  ['multiply', ['mul a0,a1,a2', 'mulhsu a0,a1,a2']],
  ['divide', ['divu a0,a1,a2', 'rem a0,a1,a2']],
  ['branch', ['beqz a0,800', 'bne a0,a1,800', 'bgeu a0,a1,800', 'j 800', 'jal 800', 'jr a0', 'ret']],
  [
    'alu',
    [
      'addi a0,a0,4',
      'mv a0,a1',
      'li a0,4',
      'slli a0,a0,4',
      'lui a0,0x8',
      'sltu a0,a1,a2',
      'srai a0,a0,31',
      'snez a0,a1',
    ],
  ],
  ['other', ['nop', 'csrr a0,mcycle']],
] as const)('the class is %s', (kind, texts) => {
  for (const text of texts) expect(riscvClass(instruction(text)), text).toBe(kind);
});

it.each([
  ['lw a0,4(a1)', { reads: ['a1'], writes: ['a0'], address: ['a1'], words: 1 }],
  ['sb a0,0(a5)', { reads: ['a0', 'a5'], writes: [], address: ['a5'] }],
  ['mul a0,a1,a2', { reads: ['a1', 'a2'], writes: ['a0'], words: 0 }],
  ['bne a0,s11,80', { reads: ['a0', 's11'], writes: [], control: 'conditional' }],
  ['ret ', { control: 'register' }],
])('the registers of %s', (text, expected) => {
  expect(decodeRiscv(instruction(text))).toMatchObject(expected);
});

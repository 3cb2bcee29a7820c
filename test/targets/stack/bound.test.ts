import { beforeAll, describe, expect, it } from 'vitest';
import { build, readBytes, withWorkspace, writeFiles } from '../../../targets/harness/workspace.ts';
import { stackBoundOf } from '../../../targets/stack/bound.ts';
import { type Disassembly, disassemble } from '../../../targets/stack/disassembly.ts';
import { needTool } from '../../support/tools.ts';

/** A function in assembly. */
const code = (name: string, ...lines: readonly string[]) =>
  `.global ${name}\n.type ${name}, %function\n${name}:\n${lines.join('\n')}\n.size ${name}, . - ${name}\n`;

/** Frames that are known because they are written out. */
const assembly = `.syntax unified\n.thumb\n.text\n${[
  code('empty', 'bx lr'),
  code('twelve', 'push {r4, r5, lr}', 'pop {r4, r5, pc}'),
  code('caller', 'push {r4, lr}', 'sub sp, #16', 'bl twelve', 'add sp, #16', 'bl twenty', 'pop {r4, pc}'),
  code('twenty', 'sub sp, #20', 'str r0, [sp]', 'add sp, #20', 'bx lr'),
  code('tail', 'push {r4, r5, r6, lr}', 'bl empty', 'pop {r4, r5, r6, lr}', 'b.w twelve'),
  code('deep_tail', 'sub sp, #40', 'b.w frees_forty'),
  code('frees_forty', 'add sp, #40', 'bx lr'),
  code('forms', 'str lr, [sp, #-4]!', 'strd r4, r5, [sp, #-8]!', 'vpush {d8-d9}', 'stmdb sp!, {r6, r7}').replace(
    '\n.size',
    '\nldmia sp!, {r6, r7}\nvpop {d8-d9}\nldrd r4, r5, [sp], #8\nldr pc, [sp], #4\n.size',
  ),
  code('early', 'push {r4, lr}', 'cmp r0, #0', 'it eq', 'popeq {r4, pc}', 'sub sp, #32', 'add sp, #32', 'pop {r4, pc}'),
  code(
    'table',
    'push {r4, lr}',
    'tbb [pc, r0]',
    '1: .byte (2f-1b)/2, (3f-1b)/2',
    '2: pop {r4, pc}',
    '3: sub sp, #24',
  ).replace('\n.size', '\nbl twelve\nadd sp, #24\npop {r4, pc}\n.size'),
  code(
    'computed',
    'push {r4, lr}',
    'adr r3, 1f + 1',
    'push {r3}',
    'ldr pc, [sp]',
    '.balign 4',
    '1: sub sp, #36',
    'add sp, #40',
  ).replace('\n.size', '\npop {r4, pc}\n.size'),
  code('part', 'push {r4, lr}', 'bl 1f', 'pop {r4, pc}', '1: cmp r0, #0', 'it eq', 'popeq {r4, pc}', 'bx lr'),
  code('grows', '1: push {r0}', 'subs r0, #1', 'bne 1b', 'bx lr'),
  code('forgets', 'push {r4, lr}', 'bx lr'),
  code('calls_argument', 'push {r4, lr}', 'blx r0', 'pop {r4, pc}'),
].join('\n')}`;

/** What only a compiler makes; the numbers are not known, their order is. */
const source = `
#include <alloca.h>
#include <math.h>
#include <string.h>
#define APART __attribute__((noinline, noipa))
typedef int function(int);
APART int sink(int *x) { __asm__ volatile("" : : "r"(x) : "memory"); return x[0]; }
APART int small(int n) { int a[2] = {n, n}; return sink(a) + 1; }
APART int large(int n) { int a[100]; memset(a, n, sizeof a); return sink(a) + 1; }
APART int apply(function *f, int n) { return f(n) + 1; }
int pointer_small(int n) { return apply(small, n) + 1; }
int pointer_either(int n) { return apply(n > 0 ? small : large, n) + 1; }
APART int factorial(int n) { return n < 2 ? sink(&n) : n * factorial(n - 1) + sink(&n); }
APART int odd(int n);
APART int even(int n) { return n == 0 ? sink(&n) : odd(n - 1) + 1; }
APART int odd(int n) { return n == 0 ? sink(&n) : even(n - 1) + 1; }
APART int itself(int n) { return apply(itself, n) + 1; }
int allocates(int n) { int *a = alloca((unsigned)n * sizeof(int)); a[0] = n; return sink(a) + 1; }
int variable(int n) { int a[n]; a[0] = n; return sink(a) + 1; }
float library(float x) { return expf(x) + 1; }
int big(int n) { int a[1500]; a[0] = n; return sink(a) + 1; }
`;

const need = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'arm-none-eabi-objdump');

describe.skipIf(!need.available)('the static bound of the stack', () => {
  let program: Disassembly;

  beforeAll(async () => {
    program = await withWorkspace(async (workspace) => {
      writeFiles(workspace, [
        { path: 'known.S', contents: assembly },
        { path: 'compiled.c', contents: source },
      ]);
      const target = [
        '-mcpu=cortex-m4',
        '-mthumb',
        '-mfpu=fpv4-sp-d16',
        '-mfloat-abi=hard',
        '-O2',
        '-specs=nano.specs',
      ];
      const args = [...target, '-nostartfiles', '-Wl,-e,empty', 'known.S', 'compiled.c', '-lm', '-o', 'program.elf'];
      await build(workspace, { tool: 'arm-none-eabi-gcc', args, where: 'test programs' });
      return disassemble(readBytes(workspace, 'program.elf'));
    });
  });

  const bytesOf = (name: string): number => {
    const bound = stackBoundOf(program, name);
    if ('unbounded' in bound) throw new Error(bound.unbounded);
    return bound.bytes;
  };

  it.each([
    ['empty', 0],
    ['twelve', 12],
    ['caller', 8 + 20 + 8],
    ['tail', 16],
    ['deep_tail', 40],
    ['forms', 4 + 8 + 16 + 8],
    ['early', 40],
    ['table', 8 + 24 + 12],
    ['computed', 8 + 4 + 36],
    ['part', 8],
  ])('%s: %d bytes', (name, bytes) => {
    expect(bytesOf(name)).toBe(bytes);
  });

  it('names the functions on the deepest way', () => {
    expect(stackBoundOf(program, 'caller')).toEqual({
      bytes: 36,
      frames: [
        { name: 'caller', bytes: 24 },
        { name: 'twelve', bytes: 12 },
      ],
    });
  });

  it('follows pointers that are passed on', () => {
    expect(bytesOf('pointer_small')).toBeLessThan(100);
    expect(bytesOf('pointer_either')).toBeGreaterThan(400);
  });

  it('counts the library', () => {
    const bound = stackBoundOf(program, 'library');
    expect('frames' in bound && bound.frames.some(({ name }) => /expf$/.test(name))).toBe(true);
  });

  it('adds up large frames', () => {
    expect(bytesOf('big')).toBeGreaterThanOrEqual(6000);
    expect(bytesOf('big')).toBeLessThan(6100);
  });

  it.each([
    ['grows', /grows in a loop/],
    ['forgets', /returns with 8 bytes/],
    ['calls_argument', /calls_argument calls a function that is not known/],
    ['factorial', /recursion: factorial -> factorial/],
    ['even', /recursion: even -> odd -> even/],
    ['itself', /recursion: (?:itself -> apply -> itself|apply -> itself -> apply)/],
    ['allocates', /unknown amount/],
    ['variable', /unknown amount/],
  ])('%s has no bound', (name, reason) => {
    const bound = stackBoundOf(program, name);
    expect('unbounded' in bound ? bound.unbounded : bound).toMatch(reason);
  });

  it('wants a function of the program', () => {
    expect(() => stackBoundOf(program, 'absent')).toThrow(/absent.*is no function/);
  });
});

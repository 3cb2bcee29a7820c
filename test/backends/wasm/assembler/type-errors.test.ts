import { describe, expect, test } from 'vitest';
import {
  type FunctionBuilder,
  f32,
  i32,
  i32x4,
  type Label,
  type Local,
  ModuleBuilder,
  v128,
} from '../../../../converter/backends/wasm/assembler/index.ts';
import { InternalError } from '../../../../converter/problem.ts';
import { singleFunction } from './run.ts';

/** Runs `emit` in a function and expects it, not something after it, to throw. */
function throwsAtLine(emit: (f: FunctionBuilder) => void, message: RegExp): void {
  let reached = false;
  let thrown: unknown;
  try {
    singleFunction({}, [], (f) => {
      try {
        emit(f);
        reached = true;
      } catch (error) {
        thrown = error;
        throw error;
      }
    });
  } catch (error) {
    expect(error).toBe(thrown);
  }
  expect(reached).toBe(false);
  expect(thrown).toBeInstanceOf(InternalError);
  expect(String(thrown)).toMatch(message);
}

describe('types are checked at the emitting line', () => {
  test('a wrong operand on the stack', () => {
    throwsAtLine((f) => {
      f.op('i32.const', 1);
      f.op('f32.const', 1);
      f.op('i32.add');
    }, /i32\.add in function "f": expected \[i32 i32\], the stack holds \[i32 f32\]/);
  });

  test('a wrong operand in a tree, which TypeScript refuses, too', () => {
    throwsAtLine(() => {
      // @ts-expect-error an f32 is not an i32
      i32.add(f32.const(1), 1);
    }, /i32\.add: expected operands \[i32 i32\], got \[f32 number\]/);
    throwsAtLine((f) => {
      // @ts-expect-error a vector has no literal
      i32x4.add(f.local('v128'), 1);
    }, /i32x4\.add: expected operands \[v128 v128\], got \[v128 number\]/);
    // @ts-expect-error an i64 literal is a bigint
    throwsAtLine((f) => f.set(f.local('i64', 'wide'), 1), /set of "wide": 1 is not a literal of type i64/);
    // @ts-expect-error a store leaves nothing
    throwsAtLine((f) => f.set(f.local('i32', 'x'), i32.store(0, 0)), /set of "x": expected i32, got none/);
  });

  test('stack underflow', () => {
    throwsAtLine((f) => {
      f.op('i32.const', 1);
      f.op('i32.add');
    }, /i32\.add .* expected \[i32 i32\], the stack holds \[i32\]/);
  });

  test('a block must not reach below its entry', () => {
    throwsAtLine((f) => {
      f.op('i32.const', 1);
      f.block(() => f.drop());
    }, /drop .* expected \[i32\], the stack holds \[\]/);
  });

  test('leftover values at the end of a block', () => {
    throwsAtLine((f) => f.block(() => f.push(i32.const(1))), /end of block .* expected \[\], the stack holds \[i32\]/);
  });

  test('leftover and missing values at the end of a function', () => {
    expect(() => singleFunction({}, [], (f) => f.push(i32.const(1)))).toThrow(/end of function .*holds \[i32\]/);
    expect(() => singleFunction({}, ['i32'], () => {})).toThrow(/end of function .*expected \[i32\].*holds \[\]/);
  });

  test('wrong arms of an if', () => {
    const one = (f: FunctionBuilder) => () => f.push(i32.const(1));
    throwsAtLine(
      (f) => f.if(1, one(f), undefined, { results: ['i32'] }),
      /an if without else cannot turn \[\] into \[i32\]/,
    );
    throwsAtLine((f) => f.if(1, one(f), () => {}, { results: ['i32'] }), /end of else .* expected \[i32\]/);
    throwsAtLine((f) => f.if(1, () => {}, one(f), { results: ['i32'] }), /^.*else in function.* expected \[i32\]/);
  });

  test('wrong types for a label', () => {
    throwsAtLine((f) => {
      f.block((exit) => f.br(exit, 1), { results: ['f64', 'i32'] });
    }, /br in function "f": expected \[f64 i32\], the stack holds \[i32\]/);
    throwsAtLine((f) => {
      f.block(
        (exit) => {
          f.push(f32.const(1));
          f.brIf(exit, 1);
        },
        { results: ['i32'] },
      );
    }, /br_if in function "f": expected \[i32 i32\], the stack holds \[f32 i32\]/);
    throwsAtLine((f) => {
      f.block((outer) => f.block((inner) => f.brTable(0, [inner], outer), { results: ['i32'] }));
    }, /br_table: the labels take different numbers of values/);
  });

  test('a label that is no longer open', () => {
    throwsAtLine((f) => {
      const kept: Label[] = [];
      f.block((exit) => kept.push(exit));
      f.block(() => {
        for (const label of kept) f.br(label);
      });
    }, /br in function "f": the label is not open here/);
  });

  test('an expression with a value is no statement', () => {
    // @ts-expect-error a sum is not a statement
    throwsAtLine((f) => f.do(i32.add(1, 2)), /i32\.add: leaves i32/);
  });
});

describe('unreachable code is polymorphic', () => {
  test.each([
    ['unreachable', (f: FunctionBuilder) => f.unreachable()],
    ['return', (f: FunctionBuilder) => f.return(1)],
  ])('after %s any operand is there', (_, leave) => {
    singleFunction({}, ['i32'], (f) => {
      leave(f);
      f.op('i32.add');
    });
    singleFunction({}, ['i32'], (f) => {
      leave(f);
      f.drop();
    });
  });

  test('but known types still count', () => {
    throwsAtLine((f) => {
      f.unreachable();
      f.op('f32.const', 1);
      f.op('i32.add');
    }, /i32\.add .* the stack holds \[f32\]/);
  });

  test('what br_if leaves is known', () => {
    throwsAtLine((f) => {
      f.block(
        (exit) => {
          f.unreachable();
          f.brIf(exit, 1);
          f.op('f32.neg');
        },
        { results: ['i32'] },
      );
    }, /f32\.neg .* the stack holds \[i32\]/);
  });
});

describe('immediates', () => {
  test.each([
    [/lane 4 is not in 0\.\.3/, () => i32x4.extract_lane(v128.const('i32x4', [0, 0, 0, 0]), 4)],
    [/align 8 exceeds the 4 bytes/, () => i32.load(0, { align: 8 })],
    [/align 3 is not a power of two/, () => i32.load(0, { align: 3 })],
    [/offset 4294967296 is not a u32/, () => i32.load(0, { offset: 2 ** 32 })],
    [/offset -1 is not a u32/, () => i32.load(0, { offset: -1 })],
    [/an atomic access is aligned to 4 bytes/, () => i32.atomic.load(0, { align: 1 })],
    [/i32x4 has 4 lanes, not 3/, () => v128.const('i32x4', [1, 2, 3])],
    [/256 does not fit a lane of i8x16/, () => v128.const('i8x16', new Array<number>(16).fill(256))],
    [/4294967296 is not a 32-bit integer/, () => i32.const(2 ** 32)],
  ])('%s', (message, make) => {
    throwsAtLine(() => make(), message);
  });
});

describe('locals', () => {
  test('a freed place is reused by its type, and the old handle is dead', () => {
    singleFunction({}, [], (f) => {
      const first = f.local('v128', 'a');
      const other = f.local('i32', 'b');
      f.free(first);
      expect(f.local('i32').index).toBe(2);
      expect(f.local('v128').index).toBe(first.index);
      expect(() => f.set(first, v128.const('i64x2', [0n, 0n]))).toThrow(/local "a" was freed/);
      expect(() => f.free(first)).toThrow(/local "a" was freed/);
      f.set(other, 1);
    });
  });

  test('a local of another function is refused', () => {
    const kept: Local<'i32'>[] = [];
    singleFunction({}, [], (f) => kept.push(f.local('i32', 'mine')));
    singleFunction({}, [], (f) => {
      f.local('i32', 'own');
      for (const local of kept) expect(() => f.push(local)).toThrow(/"mine" was freed or belongs to another function/);
    });
  });
});

describe('module', () => {
  test('faults are found when the part is added', () => {
    const m = new ModuleBuilder('m');
    expect(() => m.function('f', {}, (f) => f.do(i32.store(0, 0)))).toThrow(/i32\.store: the module has no memory/);
    expect(() => m.memory('m', { minPages: 2, maxPages: 1 })).toThrow(/at least 2 and at most 1/);
    expect(() => m.memory('m', { minPages: 65_537 })).toThrow(/65537/);
    expect(() => m.memory('m', { minPages: 1, shared: true })).toThrow(/needs a maximum/);
    expect(() => m.importFunction('env', 'late', {})).toThrow(/comes after the first function/);
    expect(() => m.data('d', new Uint8Array(1), 0)).toThrow(/no memory/);
  });

  test('a declared function needs one body', () => {
    const m = new ModuleBuilder('m');
    const ref = m.declare('later', {});
    expect(() => m.build()).toThrow(/"later" is declared but not defined/);
    m.define(ref, () => {});
    expect(() => m.define(ref, () => {})).toThrow(/defined twice/);
  });

  test('a global that cannot change, an export that exists', () => {
    const m = new ModuleBuilder('m');
    const fixed = m.global('fixed', 'i32', 1, { export: 'x' });
    expect(() => m.function('f', {}, (f) => f.set(fixed, 2))).toThrow(/"fixed" is not mutable/);
    expect(() => m.global('again', 'i32', 1, { export: 'x' })).toThrow(/export "x" is there twice/);
  });

  test('equal types share one index', () => {
    const m = new ModuleBuilder('m');
    m.function('f', { params: { a: 'i32' } }, () => {});
    m.function('g', { params: { b: 'i32' } }, () => {});
    expect(m.build().types).toHaveLength(1);
  });
});

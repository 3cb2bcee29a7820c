import {
  type DataSegment,
  type Expr,
  f32,
  f32x4,
  f64,
  i32,
  i64,
  ModuleBuilder,
  memory,
  v128,
  type WasmModule,
} from '../../../../converter/backends/wasm/assembler/index.ts';

/** Dot product of two float arrays of any length: four lanes at a time, then the rest one by one. */
export function dotProductModule(): WasmModule {
  const m = new ModuleBuilder('dot');
  m.importMemory('env', 'memory', { minPages: 1 });
  const signature = { params: { a: 'i32', b: 'i32', n: 'i32' }, results: ['f32'], export: 'dot' } as const;
  m.function('dot', signature, (f, { a, b, n }) => {
    const acc = f.local('v128', 'acc');
    const sum = f.local('f32', 'sum');
    const i = f.local('i32', 'i');
    const end = f.local('i32', 'end');
    f.set(end, i32.shl(i32.and(n, -4), 2));
    f.for({ counter: i, from: 0, to: end, step: 16 }, () => {
      f.set(acc, f32x4.add(acc, f32x4.mul(v128.load(i32.add(a, i)), v128.load(i32.add(b, i)))));
    });
    f.set(sum, f32x4.extract_lane(acc, 0));
    for (const lane of [1, 2, 3]) f.set(sum, f32.add(sum, f32x4.extract_lane(acc, lane)));
    f.set(end, i32.shl(n, 2));
    f.for({ from: i, to: end, step: 4 }, (j) => {
      f.set(sum, f32.add(sum, f32.mul(f32.load(i32.add(a, j)), f32.load(i32.add(b, j)))));
    });
    f.push(sum);
  });
  return m.build();
}

/** One of everything that a module can hold. */
export function sampleModule(): WasmModule {
  const m = new ModuleBuilder('sample');
  const log = m.importFunction('env', 'log', { params: { value: 'i32' } });
  m.memory('arena', { minPages: 1, maxPages: 4, shared: true });
  m.exportMemory('memory');
  const calls = m.global('calls', 'i32', 0, { mutable: true, export: 'calls' });
  m.global('half', 'f32', 0.1);
  const weights = m.data('weights', Uint8Array.of(1, 2, 0xff));
  m.data('greeting', new TextEncoder().encode('hi'), 16);
  const later = m.declare('later', { params: { x: 'i64' }, results: ['i64', 'i32'] });
  const init = m.function('init', {}, (f) => {
    f.do(memoryInit(weights));
    f.set(calls, i32.add(calls, 1));
    f.do(f.call(log, { value: calls }));
  });
  m.start(init);
  m.define(later, (f, { x }) => {
    f.block(
      (exit) => {
        f.push(x);
        f.brIf(exit, i64.eqz(x));
        f.drop();
        f.push(i64.const(-1n));
      },
      { results: ['i64'] },
    );
    f.op('i32.const', 7);
  });
  const choose = m.function('choose', { params: { k: 'i32' }, results: ['f64'], export: 'choose' }, (f, { k }) => {
    f.block((outer) => {
      f.block((inner) => f.brTable(k, [inner, outer], outer));
      f.return(-0);
    });
    f.if(
      k,
      () => f.push(f64.const(Number.NaN)),
      () => f.push(f64.const(0.5)),
      { results: ['f64'] },
    );
  });
  m.table([choose, init]);
  m.function('through', { params: { k: 'i32' }, results: ['f64'], export: 'through' }, (f, { k }) => {
    f.do(f.callIndirect({ operands: [], results: [] }, 1));
    f.push(f.callIndirect({ operands: ['i32'], results: ['f64'] }, 0, k));
  });
  m.custom('thimble', Uint8Array.of(1, 2, 3));
  return m.build();
}

function memoryInit(segment: DataSegment): Expr<'none'> {
  return memory.init(32, 0, segment.lengthBytes, segment);
}

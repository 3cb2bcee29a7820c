import {
  encodeModule,
  type FunctionBuilder,
  i32,
  type Local,
  ModuleBuilder,
  v128,
} from '../../backends/wasm/assembler/index.ts';

/** Loops that show what a device can do at most, apart from kernels. */

/** A module that exports `run(passes)`, with how much of its work a pass is. */
export interface Probe {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly amount: number;
}

/** Instructions of a pass of {@link chainProbe}. */
const chainLength = 64;

/** Instructions of one cycle each, every one of which waits for the one before it: the clock. */
export function chainProbe(): Probe {
  const builder = new ModuleBuilder('chain');
  builder.memory('memory', { minPages: 1 });
  builder.function('run', { params: { passes: 'i32' }, export: 'run' }, (f, { passes }) => {
    const x = f.local('i32', 'x');
    const y = f.local('i32', 'y');
    f.set(x, i32.load(0));
    f.set(y, i32.load(0, { offset: 4 }));
    f.doWhile(
      () => {
        for (let i = 0; i < chainLength; i++) f.set(x, i % 2 === 0 ? i32.add(x, y) : i32.xor(x, y));
      },
      f.tee(passes, i32.sub(passes, 1)),
    );
    f.do(i32.store(0, x));
  });
  return { module: encodeModule(builder.build()), amount: chainLength };
}

/** Loads that do not wait for each other. */
const streams = 8;

/** Reads about `bytes` bytes over and over: the bandwidth of the cache that holds them, and the most that a kernel can reach that needs each weight once. */
export function loadProbe(bytes: number): Probe {
  const stride = 16 * streams;
  const end = Math.max(stride, Math.ceil(bytes / stride) * stride);
  const builder = new ModuleBuilder('loads');
  builder.memory('memory', { minPages: Math.ceil(end / 65536) });
  builder.exportMemory('memory');
  builder.function('run', { params: { passes: 'i32' }, export: 'run' }, (f, { passes }) => {
    const sums = Array.from({ length: streams }, (_, i) => f.local('v128', `sum${i}`));
    const at = f.local('i32', 'at');
    f.doWhile(
      () => {
        f.set(at, end);
        f.doWhile(() => {
          f.set(at, i32.sub(at, stride));
          sums.forEach((sum, i) => {
            f.set(sum, v128.xor(sum, v128.load(at, { offset: 16 * i })));
          });
        }, at);
      },
      f.tee(passes, i32.sub(passes, 1)),
    );
    storeAll(f, sums);
  });
  return { module: encodeModule(builder.build()), amount: end };
}

/** Results that are used, so that no compiler leaves them out. */
export function storeAll(f: FunctionBuilder, sums: readonly Local<'v128'>[]): void {
  sums.forEach((sum, i) => {
    f.do(v128.store(0, sum, { offset: 16 * i }));
  });
}

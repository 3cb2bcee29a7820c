import type { CpuName } from '../narrow/cpu.ts';
import type { CPackageModel } from '../package.ts';
import { type Features, packageFeatures } from './features.ts';
import { type SizeTable, sizedCpu, sizesOf } from './table.ts';

/** Machine code of a package, in bytes. */
export interface CodeSizes {
  /** Of the functions of layers, in the order of the package. */
  readonly layers: readonly { readonly name: string; readonly bytes: number }[];
  /** Of what layers share: support headers and C library. */
  readonly shared: readonly { readonly symbol: string; readonly bytes: number }[];
  /** `<m>_run`, ports, streams. */
  readonly frameBytes: number;
  readonly bytes: number;
}

/** Predicts the machine code of a package by GCC at -O2, as linked into a program: functions of the C library that it calls included. */
export function codeSizes(model: CPackageModel, cpu: CpuName): CodeSizes {
  return sizesFrom(packageFeatures(model, sizedCpu(cpu)), sizesOf(sizedCpu(cpu)));
}

/** {@link codeSizes} of what was read of a package. */
export function sizesFrom(
  { functions, frame, names }: ReturnType<typeof packageFeatures>,
  table: SizeTable,
): CodeSizes {
  const layers = functions.map(({ name, features }) => ({ name, bytes: Math.round(sumOf(features, table.layers)) }));
  const shared = table.shared
    .filter(({ when }) => when.some((name) => name === 'always' || names.has(name)))
    .map(({ symbol, bytes }) => ({ symbol, bytes }));
  const frameBytes = Math.round(sumOf(frame, table.frame));
  const bytes = [...layers, ...shared].reduce((sum, one) => sum + one.bytes, frameBytes);
  return { layers, shared, frameBytes, bytes };
}

function sumOf(features: Features, sizes: Readonly<Record<string, number>>): number {
  let sum = 0;
  for (const [name, count] of features) sum += count * (sizes[name] ?? 0);
  return sum;
}

import type { FunctionRef, ModuleBuilder, Parameters } from '../assembler/index.ts';
import type { ConstantPool } from '../constant-pool.ts';
import type { Library } from '../routine.ts';
import { expandWeights } from './expand.ts';

/** The constants as they are shipped, and where they are put. */
export interface ShippedConstants {
  readonly bytes: Uint8Array;
  readonly address: number;
  /** Whether `expand` makes the constants out of them. */
  readonly isStream: boolean;
}

export function shippedConstants(constants: ConstantPool): ShippedConstants {
  const stream = constants.stream();
  if (stream === null) return { bytes: constants.image(), address: 0, isStream: false };
  return { bytes: stream.bytes, address: stream.leastAddress, isStream: true };
}

/** Exports `expand`, to be called once before anything else: it overwrites what it reads. */
export function defineExpand(
  builder: ModuleBuilder,
  library: Library,
  { bytes, address }: ShippedConstants,
): FunctionRef<Parameters, readonly []> {
  const callee = library.get(expandWeights, null);
  return builder.function('expand', { export: 'expand' }, (f) => {
    f.do(f.call(callee, { stream: address, end: address + bytes.length, target: 0 }));
  });
}

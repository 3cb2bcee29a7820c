import type { Options } from 'yargs';
import { type Variant, variants } from '../../converter/backends/wasm/variant.ts';
import type { PackageKind } from '../package-kinds.ts';
import { UsageError } from '../usage.ts';

/** Which variants of the code a WASM bundle has. */
export const variantsOption = {
  variants: {
    type: 'string',
    nargs: 1,
    describe: `WASM: the variants of the code, of ${variants.join(',')}; default: all that differ`,
  },
} as const satisfies Readonly<Record<string, Options>>;

/** The variants of a comma-separated list, the quickest first. Throws UsageError for unknown names, none, and a C package. */
export function variantsOf(list: string | undefined, kind: PackageKind): readonly Variant[] {
  if (list === undefined) return variants;
  if (kind !== 'wasm')
    throw new UsageError('--variants has no meaning with --to c', 'leave it out: C code has no variants');
  const names = list.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !variants.some((variant) => variant === name));
  const known = `known are ${variants.join(', ')}; simd128 runs everywhere`;
  if (unknown !== undefined) throw new UsageError(`--variants: there is no variant ${JSON.stringify(unknown)}`, known);
  if (names.length === 0) throw new UsageError('--variants: no variant is named', known);
  return variants.filter((variant) => names.includes(variant));
}

import type { Features, PackageFeatures } from '../../converter/backends/c/sizes/features.ts';
import type { SharedCode, SizeTable } from '../../converter/backends/c/sizes/table.ts';
import { nonNegativeLeastSquares } from '../counts/least-squares.ts';
import type { LinkedSizes } from './measure.ts';

/** A package as it was read, and as it was linked. */
export interface SizedPackage {
  readonly name: string;
  readonly read: PackageFeatures;
  readonly linked: LinkedSizes;
}

const prefix = 'counted_';

/** `groups4` of `counted_groups4.constprop.0`; functions of the C library keep their name. */
function symbolOf(name: string): string {
  return name.replace(/\.(?:constprop|isra|part|cold)\.\d+/g, '');
}

/** Symbols that belong to the files of every package. */
const frameSymbol = /^counted_(?:run|reset|begin|feed_row|run_rows|version|input\w*|output\w*|stream_\d+\w*)$/;

/** Bytes of a package by what they are of. */
interface Parts {
  readonly layers: ReadonlyMap<string, number>;
  readonly shared: ReadonlyMap<string, number>;
  readonly frameBytes: number;
}

function partsOf({ read, linked }: SizedPackage): Parts {
  const own = new Set(read.functions.map(({ name }) => name));
  const layers = new Map<string, number>();
  const shared = new Map<string, number>();
  for (const [name, bytes] of linked.functions) {
    const symbol = symbolOf(name);
    const stem = symbol.startsWith(prefix) ? symbol.slice(prefix.length) : null;
    if (stem !== null && own.has(stem)) layers.set(stem, (layers.get(stem) ?? 0) + bytes);
    else if (!frameSymbol.test(symbol) && bytes > 0) {
      const key = stem === null ? symbol : `thimble_${stem}`;
      shared.set(key, (shared.get(key) ?? 0) + bytes);
    }
  }
  withoutTwins(shared);
  const sum = [...layers.values(), ...shared.values()].reduce((total, bytes) => total + bytes, 0);
  return { layers, shared, frameBytes: linked.use.codeFlashBytes - sum };
}

/** Names of one function: `__muldi3` is `__aeabi_lmul`. Of two library functions of equal size the second is taken to be the first. */
function withoutTwins(shared: Map<string, number>): void {
  const sizes = new Map<number, string>();
  for (const [name, bytes] of [...shared].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (name.startsWith('thimble_')) continue;
    const isTwin = sizes.has(bytes) && bytes > 16 && name.startsWith('__');
    if (isTwin) shared.delete(name);
    else sizes.set(bytes, name);
  }
}

/** Fits the sizes of one processor. */
export function fitSizes(packages: readonly SizedPackage[]): SizeTable {
  const parts = packages.map(partsOf);
  const layerRows = packages.flatMap(({ read }, i) =>
    read.functions.flatMap(({ name, features }) => {
      const bytes = parts[i]?.layers.get(name);
      return bytes === undefined ? [] : [{ features, bytes }];
    }),
  );
  const frameRows = packages.map(({ read }, i) => ({ features: read.frame, bytes: parts[i]?.frameBytes ?? 0 }));
  return { layers: weightsOf(layerRows, 4), frame: weightsOf(frameRows, 0), shared: sharedCode(packages, parts) };
}

/** Bytes for each feature, so that sums are near to what was linked, relative to it. `usual` is what a feature is drawn to. */
function weightsOf(
  rows: readonly { readonly features: Features; readonly bytes: number }[],
  usual: number,
): Readonly<Record<string, number>> {
  const names = [...new Set(rows.flatMap(({ features }) => [...features.keys()]))].sort();
  const places = new Map(names.map((name, i) => [name, i]));
  const system = rows.map(({ features, bytes }) => ({
    indices: [...features.keys()].map((name) => places.get(name) ?? 0),
    factors: [...features.values()],
    target: bytes,
    weight: 1 / Math.sqrt(Math.max(40, bytes)),
  }));
  const found = nonNegativeLeastSquares(
    system,
    names.map((name) => ({ center: name.startsWith('only ') ? 40 : usual, strength: 0.002 })),
  );
  return Object.fromEntries(names.map((name, i) => [name, Math.round((found[i] ?? 0) * 10) / 10]));
}

/** How often a symbol must be there where a name is, for the name to be its condition. */
const certainty = 0.85;

/** The shared symbols with the names that bring them, found greedily: the name that explains most of what is not explained yet. */
function sharedCode(packages: readonly SizedPackage[], parts: readonly Parts[]): readonly SharedCode[] {
  const symbols = new Set(parts.flatMap(({ shared }) => [...shared.keys()]));
  const withName = new Map<string, number[]>();
  packages.forEach(({ read }, i) => {
    for (const name of read.names) withName.set(name, [...(withName.get(name) ?? []), i]);
  });
  return [...symbols].sort().flatMap((symbol): SharedCode[] => {
    const present = new Set(parts.flatMap(({ shared }, i) => (shared.has(symbol) ? [i] : [])));
    const sizes = [...present].map((i) => parts[i]?.shared.get(symbol) ?? 0);
    const bytes = Math.round(sizes.reduce((sum, size) => sum + size, 0) / sizes.length);
    if (present.size >= 0.97 * packages.length) return [{ symbol, bytes, when: ['always'] }];
    const open = new Set(present);
    const when: string[] = [];
    const candidates = [...withName].flatMap(([name, places]) => {
      const hits = places.filter((i) => present.has(i));
      return hits.length >= certainty * places.length ? [{ name, hits }] : [];
    });
    while (open.size > 0) {
      const gain = ({ hits }: { readonly hits: readonly number[] }) => hits.filter((i) => open.has(i)).length;
      const best = candidates.reduce<(typeof candidates)[number] | null>(
        (most, one) => (gain(one) > (most === null ? 0 : gain(most)) ? one : most),
        null,
      );
      if (best === null) break;
      when.push(best.name);
      for (const i of best.hits) open.delete(i);
    }
    return when.length === 0 ? [] : [{ symbol, bytes, when: when.sort() }];
  });
}

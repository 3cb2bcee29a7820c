import { gzipSync } from 'node:zlib';
import type { Artifact } from '../../converter/backends/artifact.ts';
import { type CPackageUse, usualCpu } from '../../converter/backends/c/footprint.ts';
import { weightsPath, widthsPath } from '../../converter/backends/wasm/bundle/options.ts';
import type { Report } from './schema.ts';

type SizePart = Report['sizes']['parts'][number];

/** What a C package puts into flash: its tables, exactly, and its machine code, as predicted. */
export function cSizes(use: CPackageUse): readonly SizePart[] {
  return [
    { name: 'weights and tables', bytes: use.constantBytesOn(usualCpu), gzipBytes: null, origin: 'computed' },
    { name: `code, ${usualCpu}`, bytes: use.codeBytesOn(usualCpu), gzipBytes: null, origin: 'estimated' },
  ];
}

/**
 * What a page loads of a WASM bundle: one of the variants of its code, the weights and the loader. Bundles that carry code and weights
 * inside their loader have the same parts.
 */
export function wasmSizes(files: readonly Artifact[]): readonly SizePart[] {
  const known = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const loader = known.has('external.js') ? 'external.js' : 'index.js';
  const parts = files.flatMap(({ path, bytes }): SizePart[] => {
    const name = partName(path, loader);
    return name === null ? [] : [{ name, bytes: bytes.length, gzipBytes: gzipBytes(bytes), origin: 'computed' }];
  });
  return parts.sort((a, b) => placeOf(a) - placeOf(b) || (a.name < b.name ? -1 : 1));
}

/** Code comes first, then what it works on, then what loads both. */
function placeOf({ name }: SizePart): number {
  const place = ['weights', 'widths', 'loader', 'threads'].indexOf(name);
  return place + 1;
}

function partName(path: string, loader: string): string | null {
  const [, variant] = /^model\.([\w-]+)\.wasm$/.exec(path) ?? [];
  if (variant !== undefined) return `code, ${variant}`;
  if (path === loader) return 'loader';
  const names = new Map([
    [weightsPath, 'weights'],
    [widthsPath, 'widths'],
    ['worker.js', 'threads'],
  ]);
  return names.get(path) ?? null;
}

/** As a server sends it that compresses as much as it can. */
export function gzipBytes(bytes: Uint8Array): number {
  return gzipSync(bytes, { level: 9 }).length;
}

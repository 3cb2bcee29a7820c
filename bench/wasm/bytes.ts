import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { scratch } from '../places.ts';

/** Bytes as they are, and after gzip -9, the usual encoding of a transfer. */
export interface Size {
  readonly rawBytes: number;
  readonly gzipBytes: number;
}

/** What a bundle weighs. */
export interface BundleSize {
  /** Code: the module without the weights in its data, and the loader's JavaScript. */
  readonly code: Size;
  /** Everything that a page loads: module, loader, weights. */
  readonly total: Size;
  /** Each file that a page loads. */
  readonly files: readonly (Size & { readonly path: string })[];
}

/** Code must stay below this after gzip. */
export const codeLimitBytes = 60_000;

/** What a page does not load. */
const notLoaded = /(?:\.d\.ts|\.md|LICENSE|\.json|\.map)$/;

/** Measures the bundle in `folder`, a path below `out/bench`. */
export function bundleSize(folder: string): BundleSize {
  const base = join(scratch, folder);
  const files = readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !notLoaded.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  return sizeOfBundle(
    files.map((file) => ({ path: file.slice(base.length + 1), bytes: new Uint8Array(readFileSync(file)) })),
  );
}

interface BundleFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The sizes of these files; what a script carries as text is not loaded a second time beside it. */
export function sizeOfBundle(files: readonly BundleFile[]): BundleSize {
  const isInlined = files.some(({ path, bytes }) => isScript(path) && carriedBy(textOf(bytes)).some(isModule));
  const loaded = files.filter(({ path }) => !(isInlined && /\.(?:wasm|weights)$/.test(path)));
  return {
    code: sizeOf(loaded.flatMap(({ path, bytes }) => codeOf(path, bytes))),
    total: sizeOf(loaded.map(({ bytes }) => bytes)),
    files: loaded.map(({ path, bytes }) => ({ path, ...sizeOf([bytes]) })),
  };
}

/** The sum over separate transfers. */
function sizeOf(parts: readonly Uint8Array[]): Size {
  return {
    rawBytes: parts.reduce((sum, bytes) => sum + bytes.length, 0),
    gzipBytes: parts.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0),
  };
}

/** The code in a file: JavaScript and modules without data, modules that a script carries as text included. */
function codeOf(path: string, bytes: Uint8Array): readonly Uint8Array[] {
  if (extname(path) === '.wasm') return [withoutData(bytes)];
  if (!isScript(path)) return [];
  const text = textOf(bytes);
  const carried = carriedBy(text);
  if (!carried.some(isModule)) return [bytes];
  const rest = new TextEncoder().encode(text.replaceAll(bytesLiteral, ''));
  return [rest, ...carried.filter(isModule).map(withoutData)];
}

function isScript(path: string): boolean {
  return /\.m?js$/.test(path);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** A string literal in base64 that is too long to be anything but a module or weights. */
const bytesLiteral = /'[A-Za-z0-9+/]{300,}={0,2}'/g;

/** The modules and weights in the text of a script. */
function carriedBy(text: string): readonly Uint8Array[] {
  return [...text.matchAll(bytesLiteral)].map(
    ([literal]) => new Uint8Array(Buffer.from(literal.slice(1, -1), 'base64')),
  );
}

function isModule(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1') === '\0asm';
}

const dataSection = 11;
const headerBytes = 8;

/** The module without its data section, which holds the weights (WebAssembly core specification, 5.5.2 Sections). */
export function withoutData(module: Uint8Array): Uint8Array {
  const kept = [module.subarray(0, headerBytes)];
  for (let at = headerBytes; at < module.length; ) {
    const size = unsignedLeb(module, at + 1);
    const end = size.next + size.value;
    if (module[at] !== dataSection) kept.push(module.subarray(at, end));
    at = end;
  }
  return new Uint8Array(Buffer.concat(kept));
}

function unsignedLeb(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let factor = 1;
  for (let next = at; next < bytes.length; next++) {
    const byte = bytes[next] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, next: next + 1 };
    factor *= 128;
  }
  throw new Error('the module ends within a number');
}

import type { Preprocessing } from '../../../ir/preprocessing.ts';
import type { WebEstimateEntry } from '../../../ir/web-estimate.ts';
import type { Variant } from '../variant.ts';

/** What a bundle is called and where it comes from. */
export interface WasmBundleOptions {
  /** Name of the npm package; characters that npm does not take are replaced. */
  readonly packageName: string;
  /** The command that made the bundle, without any path of the user's computer; empty when unknown. */
  readonly commandLine: string;
  /** Version of thimble; empty when unknown. */
  readonly toolVersion: string;
  /** SHA-256 of the model file in hexadecimal, or null. */
  readonly modelSha256: string | null;
  /** Names of the classes of output 0, or null. */
  readonly labels: readonly string[] | null;
  /** How inputs are prepared, for those of which it is known. */
  readonly preprocessing: readonly Preprocessing[];
  /** How long a run takes on the phone that the bundle is for, or null. */
  readonly webEstimate: WebEstimateEntry | null;
  /** The variants of the code that are written; of those with the same code the plainest. */
  readonly variants: readonly Variant[];
}

/** Modules and weights of up to so many bytes in all travel inside index.js, so that there is no file to find. */
const inlineBytes = 500_000;

export function isInlined(totalBytes: number): boolean {
  return totalBytes <= inlineBytes;
}

/** The file of a variant's code. */
export function modulePath(variant: Variant): string {
  return `model.${variant}.wasm`;
}

/** The file of weights and tables, which all variants share. */
export const weightsPath = 'model.weights';

/** The file of what the narrower widths of a nested model do not share; only where modules travel in files of their own. */
export const widthsPath = 'model.widths';

/** A name that npm takes: lower case, letters, digits, `-`, `.` and `_`, perhaps with a scope in front. */
export function npmName(name: string): string {
  const clean = (part: string) =>
    part
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[._-]+|[._-]+$/g, '')
      .slice(0, 200);
  const scoped = /^@([^/]+)\/(.+)$/.exec(name);
  if (scoped !== null) return `@${clean(scoped[1] ?? '') || 'model'}/${clean(scoped[2] ?? '') || 'model'}`;
  return clean(name) || 'model';
}

/** One line for the head of generated files: what made it, out of what. */
export function originLine(options: WasmBundleOptions, producer: string): string {
  const tool = `thimble ${options.toolVersion}`.trimEnd();
  const made = options.commandLine === '' ? '' : ` by: ${options.commandLine}`;
  const from = producer === '' ? '' : ` Model made by ${producer}.`;
  return `Written by ${tool}${made}.${from} Do not edit.`.replaceAll('*/', '* /').replaceAll('\n', ' ');
}

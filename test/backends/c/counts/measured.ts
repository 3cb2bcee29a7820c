import { readFileSync } from 'node:fs';

/** What emulators counted in one inference of a model, as `node bench/counts/fit.mjs` wrote it. */
export interface MeasuredRun {
  readonly total: number;
  /** By step of the program; 0 for one that does nothing. */
  readonly layers: readonly number[];
  /** Of all layers. */
  readonly classes: Readonly<Record<string, number>>;
}

/** By processor, then by model. */
export type MeasuredFile = Readonly<Record<string, Readonly<Record<string, MeasuredRun>>>>;

/** The models of the benchmarks whose counts are kept. */
export const measuredModels: readonly string[] = ['kws', 'vww', 'ic', 'ad', 'sww', 'digits'];

export function measuredFile(): MeasuredFile {
  return JSON.parse(readFileSync(new URL('./measured.json', import.meta.url), 'utf8'));
}

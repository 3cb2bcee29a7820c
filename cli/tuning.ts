import { z } from 'zod';
import type { KernelChoice, KernelChoices } from '../converter/backends/c/choice.ts';
import { type CpuName, cpuNames } from '../converter/backends/c/narrow/cpu.ts';
import { fail, fileWhere, readInputFile } from './input/file.ts';
import { thimbleVersion } from './version.ts';

/** What a search found to be best, and what it holds for. */
export interface Tuning {
  readonly version: 1;
  readonly thimble: string;
  /** SHA-256 of the model file. */
  readonly model: string;
  /** The program that was measured, see `programDigest`: layers, shapes, buffers and streams. */
  readonly program: string;
  readonly cpu: CpuName;
  /** Where it was measured. */
  readonly on: string;
  readonly layers: readonly TunedLayer[];
}

/** The choice for one layer, and the instructions that it and the usual one took. */
export interface TunedLayer extends KernelChoice {
  readonly layer: number;
  readonly instructions: number;
  readonly usualInstructions: number;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();

const schema = z.strictObject({
  version: z.literal(1),
  thimble: z.string(),
  model: hash,
  program: hash,
  cpu: z.enum(cpuNames),
  on: z.string(),
  layers: z.array(
    z.strictObject({
      layer: count,
      form: z.enum(['bytes', 'words', 'small']),
      pixels: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).nullable(),
      instructions: count,
      usualInstructions: count,
    }),
  ),
});

/** Largest file of a search that is read: a thousand layers take a tenth of it. */
const maxBytes = 2 ** 20;

/** The text of a tuning file: the same search gives the same bytes. */
export function tuningText(tuning: Tuning): string {
  return `${JSON.stringify(tuning, null, 2)}\n`;
}

/** Reads a tuning file. Throws ProblemError for one that is broken. */
export function readTuning(path: string): Tuning {
  const bytes = readInputFile(path, maxBytes);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return fail('tuning-file', fileWhere(path), 'it is no JSON', again);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return fail('tuning-file', fileWhere(path), `${issue?.path.join('.')}: ${issue?.message}`, again);
}

const again = 'make it anew with thimble bench --search';

/** What a package is made of, to compare with what a tuning file holds for. */
export interface TunedProgram {
  readonly modelSha256: string;
  readonly digest: string;
  readonly cpu: CpuName | null;
}

/** The choices of a tuning file. Throws ProblemError where it was made for another model, program, processor or version. */
export function choicesOf(tuning: Tuning, path: string, { modelSha256, digest, cpu }: TunedProgram): KernelChoices {
  const stale = (what: string) => fail('tuning-stale', fileWhere(path), what, again);
  if (tuning.thimble !== thimbleVersion()) {
    stale(`it was made by thimble ${tuning.thimble}, and this is ${thimbleVersion()}`);
  }
  if (tuning.model !== modelSha256) stale('it was made for another model file');
  if (tuning.program !== digest) stale('the layers, or how they are planned, are others than those that were measured');
  if (cpu !== null && cpu !== tuning.cpu) stale(`it was made for ${tuning.cpu}, not for ${cpu}`);
  return new Map(tuning.layers.map(({ layer, form, pixels }) => [layer, { form, pixels }] as const));
}

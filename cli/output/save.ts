import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, fileErrorReason, fileWhere } from '../input/file.ts';
import { writeNpy } from '../input/npy.ts';
import type { InputDType, Sample } from '../input/sample.ts';
import { uniqueFileStems } from './file-name.ts';
import { makeFolders } from './folders.ts';

/** One output of a model with its values. `scale` and `zeroPoint` are null where it is not quantized. */
export interface OutputTensor {
  readonly name: string;
  readonly dtype: InputDType;
  readonly shape: readonly number[];
  readonly data: Sample['data'];
  readonly scale: number | null;
  readonly zeroPoint: number | null;
}

/** One row of `outputs.json`. */
export interface SavedOutput {
  readonly name: string;
  readonly file: string;
  readonly dtype: InputDType;
  readonly shape: readonly number[];
  readonly scale: number | null;
  readonly zeroPoint: number | null;
}

/** The files of {@link saveOutputs}: an npy file for each output, and `outputs.json` in the order of the model. */
export function outputFiles(outputs: readonly OutputTensor[]): ReadonlyMap<string, Uint8Array> {
  const stems = uniqueFileStems(outputs.map((output) => output.name));
  const rows: readonly SavedOutput[] = outputs.map(({ name, dtype, shape, scale, zeroPoint }, i) => {
    return { name, file: `${stems[i]}.npy`, dtype, shape, scale, zeroPoint };
  });
  const files = new Map<string, Uint8Array>();
  for (const [i, { dtype, shape, data }] of outputs.entries())
    files.set(`${stems[i]}.npy`, writeNpy({ dtype, shape, data }));
  files.set('outputs.json', new TextEncoder().encode(`${JSON.stringify(rows, null, 2)}\n`));
  return files;
}

/**
 * Writes every output to `directory`, which is made where it does not exist; files of the same names are replaced,
 * others left alone. Throws ProblemError where the folder cannot be written.
 */
export function saveOutputs(directory: string, outputs: readonly OutputTensor[]): void {
  try {
    makeFolders(directory);
    for (const [name, bytes] of outputFiles(outputs)) writeFileSync(join(directory, name), bytes);
  } catch (error) {
    fail('output-unwritable', fileWhere(directory), fileErrorReason(error), 'choose a folder that you may write');
  }
}

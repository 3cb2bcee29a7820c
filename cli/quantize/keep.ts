import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { CommandIo } from '../io.ts';
import { print, resolvePath } from '../io.ts';
import { writeJson } from '../output/json.ts';
import { writeModel } from '../output/model-file.ts';
import { writeFileAtomically } from '../output/single-file.ts';
import { schemaVersion } from '../report-error.ts';
import { type QuantizeSource, sourceNote } from './source.ts';

/**
 * Leaves a model that is quantized already as it is: a file of the same kind gets the same bytes, another kind the same layers.
 *
 * @param modelPath the file that was read
 * @param out the file to write, whose name has been checked; none where it is undefined
 */
export async function keepModel(
  source: Extract<QuantizeSource, { readonly kind: 'stored' }>,
  { modelPath, out, json }: { readonly modelPath: string; readonly out: string | undefined; readonly json: boolean },
  io: CommandIo,
): Promise<void> {
  const { model, stored } = source;
  if (out !== undefined) {
    const isSameKind = extname(out).toLowerCase() === extname(modelPath).toLowerCase();
    if (isSameKind) writeFileAtomically(resolvePath(io, out), readFileSync(resolvePath(io, modelPath)));
    else writeModel(model.graph, out, io, model.preprocessing);
  }
  const note = sourceNote(source) ?? '';
  const value = { schemaVersion, command: 'quantize', model: model.fileName, kept: { layers: stored, note } };
  if (json) await writeJson(value, io.stdout);
  else await print(io, `${model.fileName}: ${note}`);
}

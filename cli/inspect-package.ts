import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fail, fileWhere, readInputFile } from './input/file.ts';
import { type DeclaredInputs, parseStored } from './input/preprocess-file.ts';
import { type CommandIo, print, resolvePath } from './io.ts';
import { preparedLines, shownPreprocessing } from './options/preprocessing.ts';
import { writeJson } from './output/json.ts';
import { renderPairs } from './output/table.ts';
import { formatBytes, printable } from './output/text.ts';
import { schemaVersion } from './report-error.ts';
import { showNumber } from './values.ts';

const shape = z.array(z.int().min(0));

/** A port of a WASM bundle has scale and zero point, one of a C package its whole quantization. */
const portSchema = z
  .looseObject({
    name: z.string(),
    dtype: z.string(),
    shape,
    scale: z.number().optional(),
    zeroPoint: z.number().optional(),
    quantization: z.looseObject({ scale: z.number().optional(), zeroPoint: z.number().optional() }).optional(),
  })
  .transform(({ name, dtype, shape, scale, zeroPoint, quantization: q }) => {
    return { name, dtype, shape, scale: scale ?? q?.scale ?? null, zeroPoint: zeroPoint ?? q?.zeroPoint ?? null };
  });

/** What both kinds of `thimble.json` have. */
const manifestSchema = z.looseObject({
  kind: z.literal('wasm').optional(),
  name: z.string().optional(),
  prefix: z.string().optional(),
  model: z.looseObject({ sha256: z.string().nullable() }),
  inputs: z.array(portSchema),
  outputs: z.array(portSchema),
  preprocessing: z.unknown(),
  plan: z.looseObject({ arenaBytes: z.int().min(0), lowerBoundBytes: z.int().min(0) }),
});

/** `thimble inspect FOLDER`: what `thimble.json` of a package says of inputs, outputs and memory. Throws ProblemError where there is none. */
export async function inspectPackage(folder: string, json: boolean, io: CommandIo): Promise<void> {
  const { kind = 'c', name, prefix, model, inputs, outputs, plan, ...manifest } = readManifest(resolvePath(io, folder));
  const { arenaBytes, lowerBoundBytes } = plan;
  const preprocessing = shownPreprocessing(storedIn(manifest.preprocessing, folder));
  const named = name ?? prefix ?? '';
  if (json) {
    const described = { folder, to: kind, name: named, modelSha256: model.sha256 };
    const ports = { inputs, outputs, preprocessing };
    await writeJson(
      { schemaVersion, command: 'inspect', package: described, ...ports, plan: { arenaBytes, lowerBoundBytes } },
      io.stdout,
    );
    return;
  }
  const text = renderPairs([
    ['package', `${printable(named)}, ${kind === 'c' ? 'C' : 'WASM'}`],
    ['made of', model.sha256 === null ? 'a model that is not known' : `a model of SHA-256 ${printable(model.sha256)}`],
    ...inputs.map((port) => ['input', portText(port)] as const),
    ...outputs.map((port) => ['output', portText(port)] as const),
    ...preparedLines(preprocessing),
    ['arena', `${formatBytes(arenaBytes)}, lower bound ${formatBytes(lowerBoundBytes)}`],
  ]);
  await print(io, text);
}

function readManifest(folder: string): z.infer<typeof manifestSchema> {
  const path = join(folder, 'thimble.json');
  if (!existsSync(path)) {
    const what = 'it is not a regular file, and no folder of a package: it has no thimble.json';
    return fail('package-missing', fileWhere(folder), what, 'give a model file, or what thimble convert wrote');
  }
  const parsed = manifestSchema.safeParse(jsonOf(new TextDecoder().decode(readInputFile(path, 2 ** 26))));
  if (parsed.success) return parsed.data;
  const at = parsed.error.issues[0]?.path.join('.') ?? '';
  const what = `${at === '' ? 'it' : at} is not what the manifest of a package has there`;
  return fail('package-broken', fileWhere(path), what, 'convert the model again');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function storedIn(entry: unknown, folder: string): DeclaredInputs {
  if (entry === undefined) return new Map();
  const stored = parseStored(JSON.stringify(entry));
  if (stored !== null) return stored;
  return fail(
    'package-broken',
    fileWhere(folder),
    'what it says of its inputs is not understood',
    'convert the model again',
  );
}

function portText({ name, dtype, shape, scale, zeroPoint }: z.infer<typeof portSchema>): string {
  const quantized = scale === null ? '' : `, scale ${showNumber(scale)}, zero point ${zeroPoint ?? 0}`;
  return `"${printable(name)}" ${printable(dtype)} ${shape.join('x')}${quantized}`;
}

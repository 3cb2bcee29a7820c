import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { z } from 'zod';
import { variants } from '../../converter/backends/wasm/variant.ts';
import { type Declared, declaredSchema } from '../input/declared.ts';
import { fail, readInputFile } from '../input/file.ts';
import type { InputDType } from '../input/sample.ts';
import { thimbleMarker } from '../output/atomic.ts';

/** A WASM bundle, in a folder or just converted. */
export interface Bundle {
  /** As the user named it. */
  readonly title: string;
  /** The bytes of a file of the package; null for any other name. What is in a folder is read anew each time. */
  readonly read: (name: string) => Uint8Array | null;
}

const dtypes = [
  ...(['float32', 'float16', 'float64', 'int8', 'uint8', 'int16', 'uint16'] as const),
  ...(['int32', 'uint32', 'int64', 'uint64', 'bool'] as const),
] satisfies readonly InputDType[];

const portSchema = z.looseObject({
  name: z.string(),
  dtype: z.enum(dtypes),
  shape: z.array(z.number().int().min(0)),
  scale: z.number().optional(),
  zeroPoint: z.number().optional(),
});

/** What of `thimble.json` the page is told. */
const manifestSchema = z.looseObject({
  generator: z.string(),
  command: z.string().default(''),
  kind: z.literal('wasm'),
  name: z.string(),
  model: z.looseObject({ sha256: z.string().nullable() }),
  inputs: z.array(portSchema).min(1),
  outputs: z.array(portSchema).min(1),
  labels: z.array(z.string()).nullable().default(null),
  preprocessing: z.looseObject({ inputs: z.record(z.string(), declaredSchema) }).optional(),
});

export type BundlePort = z.infer<typeof portSchema>;

export interface BundleManifest {
  readonly name: string;
  /** The command that made the bundle. */
  readonly command: string;
  readonly modelSha256: string | null;
  readonly inputs: readonly BundlePort[];
  readonly outputs: readonly BundlePort[];
  readonly labels: readonly string[] | null;
  readonly declared: ReadonlyMap<string, Declared>;
}

/** Largest file of a bundle that is served. */
const maxBytes = 2 ** 30;

/** A file of a package lies at its top. */
const plainName = /^[\w-][\w.-]*$/;

/** The bundle in a folder. Throws ProblemError for a folder that is none, and for one that lacks files. */
export function folderBundle(path: string, title: string): Bundle {
  const read = (name: string): Uint8Array | null => {
    if (!plainName.test(name)) return null;
    const file = join(path, name);
    if (!existsSync(file) || !lstatSync(file).isFile()) return null;
    return realpathSync(file).startsWith(realpathSync(path) + sep) ? readInputFile(file, maxBytes) : null;
  };
  const bundle = { title, read };
  const missing = ['index.js', ...fileNames(bundle)].filter((name) => bundle.read(name) === null);
  readManifest(bundle);
  if (missing.length > 0) {
    const what = `it lacks ${[...new Set(missing)].join(', ')}`;
    fail('serve-bundle', folderWhere(title), what, 'convert the model again: thimble convert MODEL --to wasm');
  }
  return bundle;
}

const folderWhere = (title: string) => `folder ${JSON.stringify(title)}`;

const packageSchema = z.looseObject({ files: z.array(z.string()) });

/** The files that the package says it has. */
function fileNames(bundle: Bundle): readonly string[] {
  const bytes = bundle.read('package.json');
  if (bytes === null) return ['package.json'];
  try {
    return packageSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).files;
  } catch {
    return [];
  }
}

/** What the bundle says of itself. Throws ProblemError for what is no WASM bundle, or one of another version. */
export function readManifest({ title, read }: Bundle): BundleManifest {
  const where = folderWhere(title);
  const give = 'give a folder that thimble convert --to wasm wrote, or a model file';
  const bytes = read(thimbleMarker.file);
  if (bytes === null) return fail('serve-bundle', where, 'it holds no thimble.json', give);
  if (!thimbleMarker.recognises(bytes)) return fail('serve-bundle', where, 'its thimble.json is not of thimble', give);
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes)); // The marker has read it.
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  if (kind === 'c' || (typeof value === 'object' && value !== null && 'prefix' in value)) {
    const advice =
      'try it with thimble run MODEL --on c, build it with thimble build, or serve the model file, which is then converted to WASM';
    return fail('serve-bundle', where, 'it is a C package, which no browser runs', advice);
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const what = `thimble.json: ${issue?.path.join('.')}: ${issue?.message}`;
    return fail(
      'serve-bundle',
      where,
      what,
      'convert the model again with this version: thimble convert MODEL --to wasm',
    );
  }
  const { name, command, model, inputs, outputs, labels, preprocessing } = parsed.data;
  return {
    ...{ name, command, modelSha256: model.sha256, inputs, outputs, labels },
    declared: new Map(Object.entries(preprocessing?.inputs ?? {})),
  };
}

/** Bytes of what a browser gets: the code of each variant, and the weights that they share. */
export interface BundleSizes {
  readonly code: readonly { readonly variant: string; readonly bytes: number }[];
  readonly weightBytes: number;
}

export function bundleSizes({ read }: Bundle): BundleSizes {
  const size = (name: string) => read(name)?.length ?? 0;
  const code = variants.map((variant) => ({ variant, bytes: size(`model.${variant}.wasm`) }));
  return { code: code.filter(({ bytes }) => bytes > 0), weightBytes: size('model.weights') + size('model.widths') };
}

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sourceKinds } from '../../converter/estimate/sourced.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { thimbleMarker } from '../output/atomic.ts';
import { reportSchema } from './schema.ts';

const count = z.int().nonnegative();
const positive = z.number().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const quantization = z.looseObject({
  kind: z.string(),
  scale: z.number().optional(),
  zeroPoint: z.int().optional(),
});

const port = z.looseObject({
  name: z.string(),
  dtype: z.string(),
  shape: z.array(count),
  scale: z.number().optional(),
  zeroPoint: z.int().optional(),
  quantization: quantization.optional(),
});

const buffer = z.looseObject({
  name: z.string(),
  kind: z.enum(['activation', 'scratch', 'state']),
  bank: count.optional(),
  offset: count,
  bytes: count,
  start: z.int().min(-1).optional(),
  end: z.int().min(0).optional(),
  firstStep: z.int().min(-1).optional(),
  endStep: z.int().min(0).optional(),
});

const webEstimate = z.looseObject({
  target: z.string(),
  variant: z.string(),
  core: z.string(),
  p50Ms: positive,
  p95Ms: positive,
  weakestSource: z.enum(sourceKinds),
});

const common = {
  generator: z.string(),
  inputs: z.array(port),
  outputs: z.array(port),
  plan: z.looseObject({
    arenaBytes: count,
    stateBytes: count.default(0),
    lowerBoundBytes: count,
    buffers: z.array(buffer),
  }),
  graph: reportSchema.shape.graph,
  nested: z.looseObject({ widths: z.array(z.looseObject({ name: z.string() })) }).optional(),
};

const cSchema = z.looseObject({
  ...common,
  tool: z.looseObject({ version: z.string(), commandLine: z.string() }),
  model: z.looseObject({ name: z.string(), producer: z.string(), sha256 }),
  prefix: z.string(),
  memory: z.looseObject({ stackBoundBytes: count, sramBytes: count, constantBytes: count }),
  estimate: z.looseObject({ target: z.string(), flashBytes: count }).optional(),
  files: z.array(z.looseObject({ path: z.string(), sha256 })),
});

const wasmSchema = z.looseObject({
  ...common,
  command: z.string(),
  kind: z.literal('wasm'),
  name: z.string(),
  model: z.looseObject({ sha256, producer: z.string() }),
  labels: z.array(z.string()).nullable(),
  estimate: webEstimate.optional(),
  layersUs: z.array(positive).optional(),
});

/** What of `thimble.json` a report is made of. */
export type ReportedPackage =
  | { readonly kind: 'c'; readonly manifest: z.infer<typeof cSchema> }
  | { readonly kind: 'wasm'; readonly manifest: z.infer<typeof wasmSchema> };

/** Buffers by layers at most: who is alive when is told of each. Networks have up to a few thousand of both. */
const mostMoments = 2 ** 24;

const give = 'give a model file, or a folder that thimble convert wrote';
const again = 'convert the model again, or give the model file';

/** Reads the manifest of a package. Throws ProblemError for a folder that is none, and for one that tells nothing of its graph. */
export function readReportedPackage(folder: string): ReportedPackage {
  const where = fileWhere(folder);
  const path = join(folder, thimbleMarker.file);
  if (!existsSync(path) || statSync(path).size > 2 ** 26)
    return fail('report-folder', where, 'it holds no thimble.json', give);
  const bytes = readInputFile(path, 2 ** 26);
  if (!thimbleMarker.recognises(bytes))
    return fail('report-folder', where, 'its thimble.json is not of thimble convert', give);
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes)); // The marker has read it.
  if (!isObject(value) || !('plan' in value)) {
    return fail(
      'report-folder',
      where,
      'it holds several models, or none',
      'report on the model files, or on packages of one model',
    );
  }
  if (!('graph' in value)) {
    return fail(
      'report-folder',
      where,
      'its thimble.json is of an older thimble, and does not tell what the layers read and write',
      again,
    );
  }
  const isC = 'prefix' in value;
  const parsed = (isC ? cSchema : wasmSchema).safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail('report-folder', where, `thimble.json: ${issue?.path.join('.')}: ${issue?.message}`, again);
  }
  const { graph, plan } = parsed.data;
  if (graph.layers.length * plan.buffers.length > mostMoments) {
    const what = `thimble.json: ${graph.layers.length} layers and ${plan.buffers.length} buffers are more than a report can tell of`;
    return fail('report-folder', where, what, 'report on a part of the model, by --outputs');
  }
  const used = [
    ...graph.layers.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
    ...graph.inputs,
    ...graph.outputs,
  ];
  if (used.some((index) => index >= graph.tensors.length) || graph.layers.some(({ index }, i) => index !== i)) {
    return fail('report-folder', where, 'thimble.json: graph: it names layers or tensors that it does not have', again);
  }
  return isC ? { kind: 'c', manifest: cSchema.parse(value) } : { kind: 'wasm', manifest: wasmSchema.parse(value) };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

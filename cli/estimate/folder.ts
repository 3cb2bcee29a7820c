import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { countedCpus } from '../../converter/backends/c/counts/processors.ts';
import { mixClasses } from '../../converter/estimate/instructions/mix.ts';
import type { PackageWork } from '../../converter/estimate/package-work.ts';
import { fail } from '../input/file.ts';
import { thimbleMarker } from '../output/atomic.ts';

const count = z.number().min(0);
const known: ReadonlySet<string> = new Set(mixClasses);
const mix = z.record(
  z.string().refine((name) => known.has(name), 'there is no such class of instructions'),
  count,
);

const layerSchema = z.looseObject({
  ...{ index: count, macs: count, weightBytes: count, streamedBytes: count, activationBytes: count },
  ...{ instructions: count, classes: mix },
});

/** What of the manifest of a C package an estimate needs. */
const manifestSchema = z.looseObject({
  model: z.looseObject({ name: z.string(), sha256: z.string().nullable() }),
  macs: count,
  layers: z.array(z.looseObject({ index: count, operator: z.string(), name: z.string() })),
  memory: z.looseObject({
    ...{ arenaBytes: count, stateBytes: count, staticBytes: count, stackBoundBytes: count, stackLayer: z.string() },
    ...{ sramBytes: count, constantBytes: count },
  }),
  estimate: z.looseObject({
    processor: z.enum(countedCpus),
    ...{ instructions: count, flashBytes: count, between: mix, layers: z.array(layerSchema) },
  }),
});

/** A C package that tells what its layers do on one processor. */
export interface EstimablePackage {
  readonly sha256: string;
  readonly macs: number;
  readonly work: PackageWork;
  readonly memory: z.infer<typeof manifestSchema>['memory'];
  readonly codeBytes: number;
}

/** Whether a path is a folder, and so the output of `convert` where it is anything to us. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Reads the manifest of a package. Throws ProblemError for a folder that is no C package made for a target. */
export function readPackage(path: string): EstimablePackage {
  const where = `folder ${JSON.stringify(path)}`;
  const file = join(path, thimbleMarker.file);
  if (!existsSync(file) || statSync(file).size > 2 ** 26) {
    fail(
      'estimate-folder',
      where,
      'it holds no thimble.json',
      'give a model file, or a folder that thimble convert wrote',
    );
  }
  const bytes = readFileSync(file);
  if (!thimbleMarker.recognises(bytes)) {
    fail(
      'estimate-folder',
      where,
      'its thimble.json is not of thimble',
      'give a model file, or a folder that thimble convert wrote',
    );
  }
  const value: unknown = JSON.parse(bytes.toString('utf8')); // The marker has read it.
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    const isC = typeof value === 'object' && value !== null && 'prefix' in value;
    if (isC && 'estimate' in value) {
      const [issue] = parsed.error.issues;
      fail(
        'estimate-folder',
        where,
        `thimble.json: ${issue?.path.join('.')}: ${issue?.message}`,
        'convert the model again',
      );
    }
    const what = isC
      ? 'the package was made for no target, and does not tell what its layers do'
      : 'a WASM bundle does not tell its instructions by class';
    fail('estimate-folder', where, what, isC ? 'convert with --target, or give the model file' : 'give the model file');
  }
  const { model, macs, layers, memory, estimate } = parsed.data;
  const steps = new Map(layers.map((layer) => [layer.index, layer]));
  const sum = (classes: Readonly<Record<string, number>>) =>
    Object.values(classes).reduce((total, one) => total + one, 0);
  return {
    ...{ sha256: model.sha256 ?? '', macs, memory },
    codeBytes: Math.max(0, estimate.flashBytes - memory.constantBytes),
    work: {
      cpu: estimate.processor,
      layers: estimate.layers.map(({ index, classes, ...layer }) => {
        const { name = `layer ${index}`, operator = '' } = steps.get(index) ?? {};
        const { macs: own, weightBytes, streamedBytes, activationBytes, instructions } = layer;
        const work = { macs: own, weightBytes, streamedBytes, activationBytes, instructions };
        return { index, name, operator, ...work, classes: new Map(Object.entries(classes)) };
      }),
      between: { instructions: sum(estimate.between), classes: new Map(Object.entries(estimate.between)) },
      instructions: estimate.instructions,
    },
  };
}

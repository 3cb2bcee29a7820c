import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { macsOf } from '../../../converter/backends/c/describe.ts';
import { type Variant, variants } from '../../../converter/backends/wasm/variant.ts';
import { packageOptions } from '../../../converter/package-options.ts';
import { convertToWasm, modelName } from '../../../converter/pipeline.ts';
import { invariant, ProblemError } from '../../../converter/problem.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import type { ModelCase } from './cases.ts';

/** A case whose bundle lies in a folder, with its inputs. */
export interface StagedCase {
  readonly model: ModelCase;
  /** The folder of the bundle, below the one of all. */
  readonly id: string;
  /** The variants of its code: those that differ. */
  readonly variants: readonly Variant[];
  readonly macs: number;
  /** Whether it is run in two threads, too. */
  readonly hasThreads: boolean;
}

/** Models that run in two threads, too: products, depthwise layers, residual sums and a decoder of boxes, int8 and float. */
const threaded: ReadonlySet<string> = new Set([
  'models/onnx/st_yamnet_256_64x96.onnx',
  'models/onnx_export/unet_ts_op13_qdq_pc.onnx',
  'models/tflite/blazeface_front_128.tflite',
  'models/tflite/mlperf_ic_resnet8_float.tflite',
  'models/tflite/mobilenet_v2_1.0_224_quant.tflite',
  'models/tflite/movenet_single_pose_lightning_ptq.tflite',
]);

/** Writes what hosts need beside the bundles. */
export function stageScripts(folder: string): void {
  cpSync(fileURLToPath(new URL('./page', import.meta.url)), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
}

/** Writes the bundle of a case and its inputs; null where WASM refuses the model. */
export function stageCase(folder: string, id: string, model: ModelCase): StagedCase | null {
  try {
    const { program, artifacts, modules } = convertToWasm(model.graph, packageOptions(modelName(model.path)));
    mkdirSync(join(folder, id));
    for (const { path, bytes } of artifacts) writeFileSync(join(folder, id, path), bytes);
    const hasThreads = threaded.has(model.path);
    invariant(!hasThreads || modules.layout.controlAddress !== null, `${model.path} has no threads`);
    writeInputs(join(folder, id), model, hasThreads);
    const macs = program.steps.reduce((sum, step) => sum + macsOf(step), 0);
    const there = variants.filter((name) => modules.modules.some(({ variant }) => variant === name));
    return { model, id, variants: there, macs, hasThreads };
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}

/** `inputs.bin` and the `case.json` that `page/run-bundle.js` reads. */
function writeInputs(folder: string, { graph, steps }: ModelCase, hasThreads: boolean): void {
  const pieces: Uint8Array[] = [];
  let end = 0;
  const runs = steps.map(({ inputs }) =>
    inputs.map(({ type, data }, i) => {
      const bytes = toBytes(data);
      const at = end;
      const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
      padded.set(bytes);
      pieces.push(padded);
      end += padded.length;
      return { name: graph.inputs[i]?.name ?? '', dtype: type.dtype, at, bytes: bytes.length };
    }),
  );
  const outputs = graph.outputs.map(({ name }) => name);
  writeFileSync(join(folder, 'inputs.bin'), Buffer.concat(pieces));
  writeFileSync(join(folder, 'case.json'), JSON.stringify({ runs, outputs, hasThreads }));
}

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { runProcess } from '../../targets/process.ts';
import { absent, locate, root, scratch } from '../places.ts';
import { randomBytes, randomFloats } from '../random-bytes.ts';
import { fixBatch } from './fix-batch.ts';
import { floatTwin } from './float-twin.ts';
import type { WasmModel } from './models.ts';
import type { PeerName } from './peers.ts';
import { describeForTfjs } from './tfjs-description.ts';

/** A model whose files lie below `out/bench` for page and Node alike. */
export interface StagedModel {
  readonly id: string;
  /** The model's file for each engine that can be tried, from the base; `thimble` is a folder. */
  readonly engines: Readonly<Record<string, string>>;
  /** Engines that cannot be tried, with the reason. */
  readonly failures: Readonly<Record<string, string>>;
}

/** The most elements that an input has: MobileNet's 224 x 224 x 3. */
const inputElements = 224 * 224 * 3;

/** Writes the common inputs and copies the page. */
export function stageCommon(): void {
  mkdirSync(join(scratch, 'inputs'), { recursive: true });
  writeFileSync(join(scratch, 'inputs/int8.bin'), randomBytes(inputElements));
  writeFileSync(join(scratch, 'inputs/float32.bin'), new Uint8Array(randomFloats(inputElements).buffer));
  rmSync(join(scratch, 'page'), { recursive: true, force: true });
  cpSync(join(root, 'bench/wasm/page'), join(scratch, 'page'), { recursive: true });
  writeFileSync(join(scratch, 'page/package.json'), '{ "type": "module" }\n');
  const page =
    '<!doctype html><meta charset="utf-8"><title>bench</title><body><script type="module" src="browser.js"></script>';
  writeFileSync(join(scratch, 'page/index.html'), page);
}

/** Converts the model with the command line and lays out the files of the engines in `peers`. */
export async function stageModel(model: WasmModel, peers: readonly PeerName[]): Promise<StagedModel> {
  const engines: Record<string, string> = {};
  const failures: Record<string, string> = {};
  const file = locate(model.tflite);
  if (file === undefined) return { id: model.id, engines, failures: { thimble: absent(model.tflite) } };
  mkdirSync(join(scratch, 'models'), { recursive: true });
  const attempt = async (name: string, work: () => Promise<string> | string) => {
    try {
      engines[name] = await work();
    } catch (error) {
      failures[name] = error instanceof Error ? error.message : String(error);
    }
  };
  const { tflite, onnx } = model.isTwin ? writeTwin(model.id, file) : { tflite: file, onnx: model.onnx };
  await attempt('thimble', () => emitBundle(model.id, tflite));
  for (const peer of peers) await attempt(peer, () => peerFile(peer, { ...model, onnx }, tflite));
  return { id: model.id, engines, failures };
}

/** Writes the files of the float twin of `file`. */
function writeTwin(id: string, file: string): { readonly tflite: string; readonly onnx: string } {
  const twin = floatTwin(new Uint8Array(readFileSync(file)), basename(file));
  const [tflite, onnx] = [join(scratch, `models/${id}.twin.tflite`), join(scratch, `models/${id}.twin.onnx`)];
  writeFileSync(tflite, twin.tflite);
  writeFileSync(onnx, twin.onnx);
  return { tflite, onnx: relative(root, onnx) };
}

/** `thimble convert --to wasm`, as a user would call it; the folder of the bundle from the base. */
async function emitBundle(id: string, file: string): Promise<string> {
  const path = `bundles/${id}`;
  const folder = join(scratch, path);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(scratch, 'bundles'), { recursive: true });
  const cli = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
  const args = [cli, 'convert', file, '--to', 'wasm', '--out', folder];
  const ended = await runProcess(process.execPath, args, { cwd: root, timeoutMs: 300_000 });
  if (ended.exitCode !== 0) throw new Error(`${ended.stdout}${ended.stderr}`.trim());
  return path;
}

/** The file that a peer reads, from the base. Throws Error with the reason where it cannot read the network. */
function peerFile(peer: PeerName, model: WasmModel, file: string): string {
  switch (peer) {
    case 'litertjs':
    case 'tfjs-tflite':
      return writeModel(`${model.id}.tflite`, withFixedBatch(file));
    case 'onnxruntime-web': {
      if (model.onnx === null) throw new Error('there is no ONNX file of this network');
      const onnx = locate(model.onnx);
      if (onnx === undefined) throw new Error(absent(model.onnx));
      return writeModel(`${model.id}.onnx`, readFileSync(onnx));
    }
    case 'tfjs-wasm': {
      if (!model.isFloat) throw new Error('it runs float models only');
      return writeTfjs(model.id, file);
    }
    default:
      peer satisfies never;
      throw new Error(`no file for ${peer}`);
  }
}

function writeModel(name: string, bytes: Uint8Array): string {
  writeFileSync(join(scratch, 'models', name), bytes);
  return `models/${name}`;
}

function withFixedBatch(file: string): Uint8Array {
  const bytes = new Uint8Array(readFileSync(file));
  const { values } = importModel(bytes, basename(file));
  return fixBatch(
    bytes,
    [...values.values()].map(({ type }) => type.shape),
  );
}

function writeTfjs(id: string, file: string): string {
  const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(file)), basename(file)));
  const { description, weights } = describeForTfjs(graph);
  writeFileSync(join(scratch, `models/${id}.tfjs.json`), JSON.stringify(description));
  writeFileSync(join(scratch, `models/${id}.tfjs.bin`), weights);
  return `models/${id}.tfjs`;
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Graph } from '../../converter/ir/graph.ts';
import { fail, fileErrorReason, fileWhere } from '../input/file.ts';
import { defaultReadOptions, readSample } from '../input/read-sample.ts';
import { inputSpecs, inputTensor, outputSpecs, outputTensor } from '../ports.ts';
import type { ExpectedSample } from './check.ts';

interface GoldenFile {
  readonly step: string | null;
  readonly port: 'input' | 'output';
  readonly index: number;
  readonly path: string;
}

/**
 * The samples in a folder of `input_<i>.npy` and `output_<i>.npy`, i counting the inputs and outputs of the model; several
 * samples as `step<k>_input_<i>.npy`. Raw `.bin` files do too. For a model of one input and one output, more files than
 * that are samples. Throws ProblemError where files are missing or do not fit the model.
 */
export function readGoldens(folder: string, graph: Graph): readonly ExpectedSample[] {
  const files = list(folder);
  const steps = [...new Set(files.map(({ step }) => step))].filter((step) => step !== null);
  if (steps.length > 0) {
    const number = (step: string) => Number(step.replace('step', ''));
    const ordered = steps.sort((a, b) => number(a) - number(b));
    return ordered.map((step) =>
      read(
        step,
        files.filter((file) => file.step === step),
        graph,
        folder,
      ),
    );
  }
  const isSingle = graph.inputs.length === 1 && graph.outputs.length === 1;
  const indices = [...new Set(files.map(({ index }) => index))].sort((a, b) => a - b);
  if (!isSingle || indices.length === 1) return [read('0', files, graph, folder)];
  return indices.map((index) => {
    const sample = files.filter((file) => file.index === index).map((file) => ({ ...file, index: 0 }));
    return read(String(index), sample, graph, folder);
  });
}

function list(folder: string): readonly GoldenFile[] {
  const names = entries(folder);
  const files = names.flatMap((name): GoldenFile[] => {
    const match = /^(?:(step\d+)_)?(input|output)_(\d+)\.(?:npy|bin)$/.exec(name);
    if (match === null) return [];
    const port = match[2] === 'input' ? 'input' : 'output';
    return [{ step: match[1] ?? null, port, index: Number(match[3]), path: join(folder, name) }];
  });
  if (!files.some(({ port }) => port === 'output')) {
    const advice = 'give a folder of input_<i>.npy and output_<i>.npy, or step<k>_input_<i>.npy and so on';
    fail('golden-empty', fileWhere(folder), 'it holds no expected outputs', advice);
  }
  return files;
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    return fail('golden-unreadable', fileWhere(folder), fileErrorReason(error), 'check the path');
  }
}

function read(name: string, files: readonly GoldenFile[], graph: Graph, folder: string): ExpectedSample {
  const pathOf = (port: GoldenFile['port'], index: number) =>
    files.find((file) => file.port === port && file.index === index)?.path;
  const inputs = inputSpecs(graph).map((spec, index) => {
    const path = pathOf('input', index);
    if (path === undefined) {
      return fail('golden-input', fileWhere(folder), `sample ${name} has no input_${index}`, 'add the file');
    }
    return inputTensor(graph, index, readSample(path, spec, defaultReadOptions));
  });
  const outputs = outputSpecs(graph).map((spec, index) => {
    const path = pathOf('output', index);
    return path === undefined ? null : outputTensor(graph, index, readSample(path, spec, defaultReadOptions));
  });
  return { name, sample: () => inputs, expected: outputs };
}

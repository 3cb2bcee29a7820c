import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sniffFormat } from '../../../../converter/frontends/sniff.ts';
import type { TfliteModel, TfliteTensor } from '../../../../converter/frontends/tflite/format/model.ts';
import { readTfliteModel } from '../../../../converter/frontends/tflite/format/read.ts';
import { ProblemError } from '../../../../converter/problem.ts';
import { hasShared, readShared, sharedDir } from '../../../support/shared.ts';

/** Files that are refused, and why. The TFLite runtime refuses each of them for the same reason. */
const refused: Readonly<Record<string, readonly string[]>> = {
  'models/tflite_ops/add_shared_tensors.tflite': ['tflite-overwritten', 'tflite-dangling'],
  'models/tflite_ops/lstm_calibrated2.tflite': ['tflite-shape'],
  'models/tflite_ops/transpose.tflite': ['tflite-version'],
};

interface IndexTensor {
  readonly name: string;
  readonly shape: readonly (number | string)[];
  readonly dtype: string;
  readonly scale?: number;
  readonly zero_point?: number;
}

interface IndexRow {
  readonly path: string;
  readonly format: string;
  readonly kind?: string;
  readonly files?: readonly string[];
  readonly inputs: readonly IndexTensor[];
  readonly outputs: readonly IndexTensor[];
  readonly ops: Readonly<Record<string, number>>;
  readonly subgraphs: number;
  readonly tensor_types: Readonly<Record<string, number>>;
}

const rows: readonly IndexRow[] = hasShared
  ? JSON.parse(new TextDecoder().decode(readShared('models/INDEX.json'))).rows.filter(
      (row: IndexRow) => row.format === 'tflite',
    )
  : [];

function fileOf(row: IndexRow): string {
  if (row.kind !== 'case') return row.path;
  return `${row.path}/${row.files?.find((file) => file.endsWith('.tflite')) ?? ''}`;
}

function tfliteFiles(): readonly string[] {
  return ['models', 'examples'].flatMap((folder) =>
    readdirSync(sharedDir + folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.tflite'))
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(sharedDir.length).replaceAll('//', '/')),
  );
}

describe.skipIf(!hasShared)('collected TFLite files', () => {
  test('all are read, except the ones that are refused for a reason', () => {
    const outcome: Record<string, readonly string[]> = {};
    const files = tfliteFiles();
    expect(files.length).toBeGreaterThan(150);
    for (const file of files) {
      const bytes = readShared(file);
      expect(sniffFormat(bytes, file)).toEqual({ format: 'tflite' });
      try {
        readTfliteModel(bytes);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        outcome[file] = error.problems.map((problem) => problem.code);
      }
    }
    expect(outcome).toEqual(refused);
  });

  test.each(rows.filter((row) => !(fileOf(row) in refused)))('$path is what the index says', (row) => {
    const model = readTfliteModel(readShared(fileOf(row)));
    expect(model.subgraphs.length).toBe(row.subgraphs);
    expect(operatorCounts(model)).toEqual(row.ops);
    expect(dtypeCounts(model)).toEqual(row.tensor_types);
    const main = model.subgraphs[0];
    compareTensors(main?.inputs.map((index) => main.tensors[index]) ?? [], row.inputs);
    compareTensors(main?.outputs.map((index) => main.tensors[index]) ?? [], row.outputs);
  });
});

function compareTensors(tensors: readonly (TfliteTensor | undefined)[], expected: readonly IndexTensor[]): void {
  expect(tensors.length).toBe(expected.length);
  for (const [i, wanted] of expected.entries()) {
    const tensor = tensors[i];
    expect(tensor).toMatchObject({ name: wanted.name, shape: wanted.shape, dtype: wanted.dtype });
    if (wanted.scale === undefined || tensor?.dtype === 'string') continue;
    expect(tensor?.quantization).toEqual({
      kind: 'affine',
      scales: [wanted.scale],
      zeroPoints: [wanted.zero_point],
      axis: 0,
    });
  }
}

function operatorCounts(model: TfliteModel): Record<string, number> {
  const names = model.subgraphs.flatMap((subgraph) =>
    subgraph.operators.map(({ name, customCode }) => (customCode === null ? name : `CUSTOM:${customCode}`)),
  );
  return countOf(names);
}

function dtypeCounts(model: TfliteModel): Record<string, number> {
  return countOf(model.subgraphs.flatMap((subgraph) => subgraph.tensors.map((tensor) => tensor.dtype)));
}

function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

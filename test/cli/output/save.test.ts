import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readNpy } from '../../../cli/input/npy.ts';
import { type OutputTensor, saveOutputs } from '../../../cli/output/save.ts';
import { problemsOf, temporaryFolder } from '../input/helpers.ts';

const folder = temporaryFolder();

const outputs: readonly OutputTensor[] = [
  { name: 'z/scores:0', dtype: 'int8', shape: [1, 2], data: Int8Array.of(-128, 5), scale: 0.00390625, zeroPoint: -128 },
  { name: 'a', dtype: 'int64', shape: [], data: BigInt64Array.of(3n), scale: null, zeroPoint: null },
  { name: 'outputs', dtype: 'float32', shape: [0], data: new Float32Array(0), scale: null, zeroPoint: null },
];

test('npy files and a list in the order of the model', () => {
  const directory = join(folder, 'new/out');
  saveOutputs(directory, outputs);
  saveOutputs(directory, outputs);
  expect(readdirSync(directory).sort()).toEqual(['a.npy', 'outputs.json', 'outputs.npy', 'z_scores_0.npy']);
  const rows: readonly { name: string; file: string; shape: number[] }[] = JSON.parse(
    readFileSync(join(directory, 'outputs.json'), 'utf8'),
  );
  expect(rows.map((row) => [row.name, row.file])).toEqual([
    ['z/scores:0', 'z_scores_0.npy'],
    ['a', 'a.npy'],
    ['outputs', 'outputs.npy'],
  ]);
  expect(rows[0]).toEqual({
    name: 'z/scores:0',
    file: 'z_scores_0.npy',
    dtype: 'int8',
    shape: [1, 2],
    scale: 0.00390625,
    zeroPoint: -128,
  });
  for (const [i, { file }] of rows.entries()) {
    const { dtype, shape, data } = outputs[i] ?? expect.fail('too many rows');
    expect(readNpy(new Uint8Array(readFileSync(join(directory, file))), file)).toEqual({ dtype, shape, data });
  }
});

test('a folder that cannot be made is a problem', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(problemsOf(() => saveOutputs(join(folder, 'file/sub'), outputs))[0]?.code).toBe('output-unwritable');
});

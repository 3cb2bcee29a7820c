import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archive, sequential, sequentialH5, weight, weightGroups } from '../frontends/keras/drafts.ts';
import { writeHdf5 } from '../frontends/keras/write-hdf5.ts';
import { graphModel, placeholder } from '../frontends/tfjs/drafts.ts';
import { inFolder, runCli, runJson } from './run-cli.ts';
import { convert, problems } from './schemas.ts';

const dense = {
  className: 'Dense',
  config: { units: 3, activation: 'relu' },
  weights: { kernel: weight(4, 3), bias: weight(3) },
};
const config = sequential([null, 4], [dense]);
const graph = graphModel(
  [placeholder('x', -1, 4), { op: 'MatMul', name: 'm', inputs: ['x', 'k'] }, { op: 'Relu', name: 'y', inputs: ['m'] }],
  [{ name: 'k', ...weight(4, 3) }],
);

/** Writes one model with the files that belong to it; returns the name to give on the command line. */
const formats: readonly (readonly [string, (folder: string) => string])[] = [
  ['a .h5 file', (folder) => write(folder, 'net.h5', sequentialH5([null, 4], [dense]))],
  [
    'a .keras archive',
    (folder) =>
      write(
        folder,
        'net.keras',
        archive(config, { 'layers/dense/vars/0': weight(4, 3), 'layers/dense/vars/1': weight(3) }),
      ),
  ],
  [
    'an architecture with its weights beside it',
    (folder) => {
      write(folder, 'net_weights.h5', writeHdf5(weightGroups([{ name: 'layer0', draft: dense }])));
      return write(folder, 'net.json', JSON.stringify(config));
    },
  ],
  [
    'a TensorFlow.js model',
    (folder) => {
      write(folder, 'web/group1-shard1of1.bin', graph.bytes);
      return write(folder, 'web/model.json', graph.json);
    },
  ],
];

function write(folder: string, name: string, content: Uint8Array | string): string {
  mkdirSync(join(folder, 'web'), { recursive: true });
  writeFileSync(join(folder, name), content);
  return name;
}

describe('Keras and TensorFlow.js models on the command line', () => {
  it.each(formats)('%s', async (_, make) => {
    await inFolder(async (folder) => {
      const name = make(folder);
      const inspected = await runCli(['inspect', name], folder);
      expect([inspected.code, inspected.stdout]).toEqual([0, expect.stringContaining('float32 1x3')]);
      for (const to of ['c', 'wasm']) {
        const { code, value } = await runJson(['convert', name, '--to', to, '--out', `out-${to}`], folder);
        expect([code, convert.parse(value).written]).toEqual([0, true]);
      }
      expect((await runCli(['run', name], folder)).code).toBe(0);
      expect((await runCli(['verify', name, '--on', 'wasm'], folder)).code).toBe(0);
    });
  });

  it('weights that lie outside of the folder are not read', async () => {
    await inFolder(async (folder) => {
      write(folder, 'outside.h5', writeHdf5(weightGroups([{ name: 'layer0', draft: dense }])));
      write(folder, 'web/net.json', JSON.stringify(config));
      symlinkSync(join(folder, 'outside.h5'), join(folder, 'web', 'net_weights.h5'));
      const { code, value } = await runJson(['inspect', 'web/net.json'], folder);
      expect([code, problems.parse(value).problems.map((problem) => problem.code)]).toEqual([1, ['side-file-outside']]);
    });
  });

  it('an architecture without weights says where they should be', async () => {
    await inFolder(async (folder) => {
      write(folder, 'net.json', JSON.stringify(config));
      const { code, value } = await runJson(['inspect', 'net.json'], folder);
      expect([code, problems.parse(value).problems.map((problem) => problem.code)]).toEqual([1, ['keras-no-weights']]);
    });
  });
});

import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../../cli/report/schema.ts';
import { digits, digitsFloat, digitsInt8, runCli, runJson } from '../run-cli.ts';

const test = ['--labels', `${digits}digits_test_labels.npy`, '--target', 'rpi5', '--to', 'wasm'];
const report = async (...argv: readonly string[]) => {
  const { code, value } = await runJson(['report', ...argv, ...test]);
  expect(code).toBe(0);
  return reportSchema.parse(value);
};

describe('a report on a model that is pruned and quantized', () => {
  const made = report(
    digitsFloat,
    ...['--prune', 'ratio=0.25,repair=no,importance=l1', '--quantize', 'int8', '--ranges', 'min-max', '--no-remedies'],
    ...['--samples', `${digits}digits_calib.npy`, '--calibrate', '20', '--test', `${digits}digits_test_images.npy`],
  );

  it('tells of each stage, which gets smaller and no better', async () => {
    const { stages, accuracy } = await made;
    expect(stages.map(({ name }) => name)).toEqual(['original', 'pruned', 'quantized']);
    const [original, pruned, quantized] = stages;
    expect(pruned?.macs).toBeLessThan(original?.macs ?? 0);
    expect(quantized?.macs).toBe(pruned?.macs);
    expect(quantized?.parameterBytes).toBeLessThan((pruned?.parameterBytes ?? 0) / 3);
    const { right, agreeing, samples } = accuracy ?? expect.fail('no accuracy');
    expect([right?.of, agreeing?.of, samples]).toEqual([360, 360, 360]);
    expect(original?.accuracy).toBe(1);
    expect([original?.accuracy, quantized?.accuracy]).toEqual(
      [right?.before, right?.now].map((count) => Number(((count ?? -1) / 360).toFixed(6))),
    );
    expect(stages.map(({ by }) => by)).toEqual([
      'digits_float.tflite',
      'thimble --prune "ratio=0.25,repair=no,importance=l1"',
      'thimble --quantize int8',
    ]);
  });

  it('shows channels that left, numbers by layer, and what each adds to the error', async () => {
    const { graph, accuracy } = await made;
    const convolutions = graph.layers.filter(({ operator }) => operator === 'conv-2d');
    for (const { pruned, quantization } of convolutions) {
      expect(pruned?.after).toBe(Math.round((pruned?.before ?? 0) * 0.75));
      expect(quantization).toEqual({ scheme: 'int8', granularity: 'channel' });
    }
    const errors = accuracy?.layers ?? [];
    expect(errors.map(({ index }) => index)).toEqual(graph.layers.map(({ index }) => index));
    for (const { error, snrDb } of errors) {
      expect(error).toBeGreaterThan(0);
      expect(snrDb).toBeLessThan(60);
    }
  });

  it('says what it was made from', async () => {
    const { provenance, notes } = await made;
    expect(provenance.inputs.map(({ path }) => path)).toEqual(['digits_float.tflite', '360 samples']);
    expect(provenance.options).toMatchObject({ calibrate: '20', labels: 'digits_test_labels.npy', remedies: 'false' });
    expect(provenance.commands[0]).toContain('--no-remedies');
    expect(notes.join(' ')).toContain('The error of a layer is that of pruning plus that of quantization');
  });
});

describe('a report on a model that was quantized before', () => {
  it('compares it with what it was, by names of tensors', async () => {
    const samples = ['--samples', `${digits}digits_test_images.npy`];
    const { stages, accuracy, notes } = await report(digitsInt8, '--before', digitsFloat, ...samples);
    expect(stages.map(({ name }) => name)).toEqual(['original', 'quantized']);
    expect(accuracy?.right).toEqual({ before: 360, now: 360, of: 360 });
    expect(accuracy?.agreeing).toEqual({ same: 360, of: 360 });
    expect(accuracy?.layers).toHaveLength(12);
    for (const { snrDb } of accuracy?.layers ?? []) expect(snrDb).toBeGreaterThan(25);
    expect(notes).toEqual(['Layers were compared on 32 samples.']);
  });

  it('counts right answers alone where nothing came before', async () => {
    const { stages, accuracy } = await report(digitsInt8, '--samples', `${digits}digits_test_images.npy`);
    expect(stages).toHaveLength(1);
    expect(accuracy).toEqual({ samples: 360, right: { before: null, now: 360, of: 360 }, agreeing: null, layers: [] });
    expect(stages[0]?.accuracy).toBe(1);
  });

  it.each([
    [[digitsInt8, '--before', digitsFloat, '--quantize', 'int8'], 2, '--before and --quantize exclude each other'],
    [[digitsInt8, '--before', digitsInt8.replace('_int8', '_none')], 1, 'there is no such file'],
    [[digitsInt8, '--labels', 'x.csv'], 2, '--labels has no meaning without --samples'],
    [[digitsFloat, '--quantize', 'int8'], 2, 'quantization needs samples'],
    [[digitsInt8, '--target', 'nowhere'], 1, 'there is no such target'],
    [[digitsFloat, '--weights', 'f16', '--to', 'c'], 2, '--weights has no meaning with --to c'],
  ] as const)('refuses %j', async (argv, code, what) => {
    const result = await runCli(['report', ...argv, '--json']);
    expect(result.code).toBe(code);
    expect(result.stdout).toContain(what);
  });
});

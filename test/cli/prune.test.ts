import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { countRight } from '../../bench/prune/int8.ts';
import { sramGoal } from '../../cli/prune/probes.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { digits, digitsFloat, digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';

/** The elements of a .npy file of the example, behind its header. */
function npyBytes(name: string): Buffer {
  const file = readFileSync(join(digits, name));
  return file.subarray(10 + file.readUInt16LE(8));
}

const samples = ['--samples', `${digits}digits_calib.npy`, '--calibrate', '60'];
const plain = ['--importance', 'l1', '--no-repair'];

const group = z.object({
  name: z.string(),
  unitsBefore: z.number(),
  unitsAfter: z.number(),
  curve: z.array(z.number()),
});

const report = z.object({
  command: z.literal('prune'),
  samples: z.number(),
  judged: z.number(),
  groups: z.array(group),
  layers: z.array(z.object({ name: z.string(), errorAdded: z.number(), errorLeft: z.number() })),
  bounds: z.array(
    z.object({ goal: z.string(), before: z.number(), after: z.number(), bound: z.number(), met: z.boolean() }),
  ),
  curve: z.array(z.object({ macs: z.number(), outputError: z.number().nullable(), agreement: z.number().nullable() })),
  problems: z.array(z.object({ code: z.string(), where: z.string(), what: z.string() })),
});

describe('prune', () => {
  it('takes channels out, tells what that did, and writes models that others read', async () => {
    await inFolder(async (folder) => {
      const argv = [
        'prune',
        digitsFloat,
        ...samples,
        '--macs',
        '70%',
        '--stages',
        '1',
        '--out',
        'small.onnx',
        '--curve',
        'c',
      ];
      const { code, value } = await runJson(argv, folder);
      expect(code).toBe(0);
      const { groups, layers, bounds, curve, samples: count, judged, problems } = report.parse(value);
      expect([count, judged, problems]).toEqual([60, 140, []]);
      expect(bounds[0]).toMatchObject({ goal: '--macs 70%', met: true });
      expect(bounds[0]?.after).toBe(curve.at(-1)?.macs);
      expect(curve.at(-1)?.agreement).toBeGreaterThan(0.97);
      for (const { unitsBefore, unitsAfter, curve: scores } of groups)
        expect(scores).toHaveLength(unitsBefore - unitsAfter);
      const sum = (of: 'errorAdded' | 'errorLeft') => layers.reduce((total, layer) => total + layer[of], 0);
      expect(sum('errorLeft')).toBeLessThan(0.3 * sum('errorAdded'));
      expect(JSON.parse(readFileSync(join(folder, 'c.json'), 'utf8')).curve).toHaveLength(2);
      const svg = readFileSync(join(folder, 'c.svg'), 'utf8');
      expect(svg.match(/<circle/g)?.length).toBe(4);
      const again = await runJson(['convert', 'small.onnx', '--to', 'wasm', '--dry-run'], folder);
      expect(z.object({ macs: z.number() }).parse(again.value).macs).toBe(bounds[0]?.after);
    });
  });

  it('lists what leaves together and what stays', async () => {
    const { code, stdout } = await runCli(['prune', digitsFloat, '--list']);
    expect(code).toBe(0);
    expect(stdout).toContain('5 groups of channels that leave together');
    expect(stdout).toContain('Channels that stay');
    const { value } = await runJson(['prune', digitsFloat, '--list']);
    const listed = z.object({
      groups: z.array(z.object({ units: z.number() })),
      barriers: z.array(z.object({ reason: z.string() })),
    });
    expect(listed.parse(value).groups.map(({ units }) => units)).toEqual([24, 24, 48, 24, 24]);
  });

  it('meets a bound of SRAM as the C package takes it', async () => {
    await inFolder(async (folder) => {
      const { code } = await runCli(['prune', digitsFloat, ...plain, '--sram', '8k', '--out', 'small.tflite'], folder);
      expect(code).toBe(0);
      const converted = await runJson(['convert', 'small.tflite', '--to', 'c', '--sram', '8k', '--dry-run'], folder);
      expect(converted.code).toBe(0);
      const { memory } = z.object({ memory: z.object({ sramBytes: z.number() }) }).parse(converted.value);
      expect(memory.sramBytes).toBeLessThanOrEqual(8192);
    });
  });

  it('finds what fills the memory where layers run row by row', () => {
    const { graph } = optimizeGraph(importModel(readFileSync(digitsFloat), 'digits.tflite'));
    const goal = sramGoal('4k', false);
    if (goal.kind !== 'sram') throw new Error('not a bound of memory');
    const { value, culprits } = goal.probe(graph);
    const layers = graph.nodes.filter(
      ({ op, outputs }) => op.type === 'conv-2d' && outputs.some((id) => culprits?.has(id)),
    );
    expect(layers.length).toBeGreaterThan(2);
    for (const bytes of culprits?.values() ?? []) expect(bytes).toBeLessThan(value);
  });

  it('prunes, repairs and quantizes on the way to a package that still answers right', async () => {
    await inFolder(async (folder) => {
      const wish = ['--prune', 'macs=60%,stages=1,round=4', '--quantize', 'int8', '--out', 'small'];
      const { code, value } = await runJson(['convert', digitsFloat, '--to', 'wasm', ...samples, ...wish], folder);
      expect(code).toBe(0);
      expect(z.object({ macs: z.number() }).parse(value).macs).toBeLessThanOrEqual(0.6 * 884_064);
      const [images, labels] = [npyBytes('digits_test_images.npy'), npyBytes('digits_test_labels.npy')];
      const judged = Array.from({ length: labels.length / 8 }, (_, i) => ({
        input: Float32Array.from({ length: 64 }, (__, k) => images.readFloatLE(4 * (64 * i + k))),
        label: Number(labels.readBigInt64LE(8 * i)),
      }));
      expect(judged).toHaveLength(360);
      expect(await countRight(join(folder, 'small'), judged)).toBeGreaterThan(0.96 * judged.length);
    });
  });

  it('ranks by single classes, and tunes', async () => {
    const wish = ['--macs', '80%', '--stages', '1', '--importance', 'attribution', '--by-class'];
    const few = [...samples.slice(0, 2), '--calibrate', '10', '--allocation', 'equal', '--no-repair'];
    const argv = ['prune', digitsFloat, ...few, ...wish, '--tune', '1', '--classes'];
    const [all, some] = await Promise.all(['0,1,2,3,4,5,6,7,8,9', '3'].map((classes) => runCli([...argv, classes])));
    expect([all?.code, some?.code]).toEqual([0, 0]);
    expect(some?.stdout).toContain('class:most relevant channel');
    expect(some?.stdout).not.toBe(all?.stdout);
  });

  it('tells the nearest that can be had where a bound is out of reach', async () => {
    const { code, value } = await runJson(['prune', digitsFloat, ...plain, '--macs', '1000', '--keep', '*conv*']);
    expect(code).toBe(3);
    const { problems, bounds } = report.parse(value);
    expect(bounds[0]?.met).toBe(false);
    expect(problems[0]).toMatchObject({ code: 'does-not-fit', where: '--macs 1000' });
    expect(problems[0]?.what).toContain('the nearest that can be had is');
    const text = await runCli([
      'convert',
      digitsFloat,
      '--to',
      'c',
      '--dry-run',
      '--prune',
      'macs=1000,importance=l1,repair=no',
    ]);
    expect(text.code).toBe(3);
    expect(text.stderr).toContain('the nearest that can be had is');
  });

  it.each([
    [['--macs', '50%'], 1, 'there are none'],
    [[...plain], 2, 'nothing says how much may leave'],
    [[...plain, '--macs', '0%'], 2, 'is no part of a model'],
    [[...plain, '--macs', '50%', '--ratio', '0.3'], 2, 'both say how much leaves'],
    [[...plain, '--ratio', '1'], 2, 'is no share'],
    [
      ['--macs', '50%', '--samples', `${digits}digits_calib.npy`, '--classes', '3'],
      2,
      'has no meaning without --importance',
    ],
    [[...plain, '--ratio', '0.3', '--tune', '9'], 1, 'tuning runs on samples, and there are none'],
    [[...plain, '--ratio', '0.3', '--tune', '0.5'], 2, 'is no number of steps'],
    [[...plain, '--ratio', '0.3', '--vary', 'mix'], 2, '--vary has no meaning without --tune'],
    [[...plain, '--ratio', '0.3', '--tune', '9', '--vary', 'miror'], 2, 'did you mean mirror?'],
    [['--importance', 'attribution', '--ratio', '0.3', '--classes', '1,b'], 2, '"b" is no class'],
    [['--importance', 'reconstructoin', '--ratio', '0.3'], 2, 'did you mean reconstruction?'],
    [[...plain, '--ratio', '0.3', '--keep', 'convolution nine'], 1, 'no group of channels has a layer of that name'],
    [[...plain, '--ratio', '0.3', '--round', '0'], 2, 'is no number from 1 to 1000'],
    [[...plain, '--per-layer', 'conv'], 2, 'is no name with a share'],
    [[...plain, '--latency', '30'], 2, 'is no time on a target'],
    [[...plain, '--latency', '30ms@pixel7'], 2, 'are not predicted'],
    [[...plain, '--sram', '8k@int4'], 2, 'names no form of a model'],
    [[...plain, '--ratio', '0.3', '--test', 'x.npy'], 2, 'has no meaning without --samples'],
    [[...plain, '--ratio', '0.3', '--weights', 'f16'], 2, 'has no meaning for a model that is pruned'],
    [[...plain, '--ratio', '0.3', '--out', 'x.h5'], 2, 'does not end in'],
  ])('refuses %j', async (argv, wanted, text) => {
    const { code, stderr } = await runCli(['prune', digitsFloat, ...argv]);
    expect(stderr).toContain(text);
    expect(code).toBe(wanted);
  });

  it('refuses a quantized model with the order that works', async () => {
    const { code, stderr } = await runCli(['prune', digitsInt8, ...plain, '--ratio', '0.3']);
    expect(code).toBe(1);
    expect(stderr).toContain('prune the float model and quantize what is left');
  });

  it('meets a bound of time by predicted instructions', async () => {
    const { code, value } = await runJson(['prune', digitsFloat, ...plain, '--latency', '80ms@nano33ble']);
    const [bound] = report.parse(value).bounds;
    expect([code, bound?.met]).toEqual([0, true]);
  });

  it.each(['macs', 'mac=50%', 'ratio=x', 'macs=50%,macs=20%', 'ratio=0.1,repair=perhaps', 'ratio=0.1,allocation=best'])(
    'refuses --prune %s',
    async (wish) => {
      const { code, stderr } = await runCli(['convert', digitsFloat, '--to', 'c', '--dry-run', '--prune', wish]);
      expect(stderr).toContain('--prune');
      expect(code).toBe(2);
    },
  );
});

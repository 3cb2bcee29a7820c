import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alternatives, programDigest } from '../../cli/search.ts';
import { usualChoice } from '../../converter/backends/c/choice.ts';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import { latencyPlan } from '../../converter/plan/options.ts';
import { needTool } from '../support/tools.ts';
import { digitsFloat, digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';
import { bench, benchSearch, convert, problems } from './schemas.ts';

const arm = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'qemu-system-arm', 'gcc');

describe.skipIf(!arm.available)('bench --search', () => {
  it('finds kernels that are not slower, and convert takes them', () =>
    inFolder(async (folder) => {
      const found = benchSearch.parse((await runJson(['bench', digitsInt8, '--search'], folder)).value).search;
      expect(found.layers.length).toBeGreaterThan(0);
      expect(found.file).toBe('digits_int8.cortex-m4.tuning.json');
      for (const { instructions, usualInstructions } of found.layers) {
        expect(instructions).toBeLessThanOrEqual(usualInstructions);
      }
      const use = ['--tuning', found.file];
      const counted = bench.parse((await runJson(['bench', digitsInt8, ...use], folder)).value);
      for (const { layer, instructions } of found.layers) {
        expect(counted.layers.find((one) => one.layer === layer)?.instructions).toBe(instructions);
      }
      const { value } = await runJson(['convert', digitsInt8, '--to', 'c', ...use, '--out', 'out'], folder);
      const { kernels } = convert.parse(value);
      for (const { layer, form, pixels } of found.layers) {
        expect(kernels?.find((one) => one.layer === layer)).toMatchObject({ form, pixels, by: 'tuned' });
      }
    }));
});

describe('the ways to write a layer', () => {
  const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(digitsInt8)), 'digits_int8.tflite'));
  const planned = planProgram(graph, cKernelNeeds, latencyPlan);

  it('differ, the usual one first, and have weights of 16 bits where flash may be spent', () => {
    const ways = alternatives(planned, 'latency');
    expect(ways.size).toBeGreaterThan(0);
    for (const choices of ways.values()) {
      expect(choices[0]).toEqual(usualChoice);
      expect(choices.some(({ form }) => form === 'words')).toBe(true);
    }
    const balanced = [...alternatives(planned, 'balanced').values()].flat();
    expect(balanced.every(({ form }) => form === 'bytes')).toBe(true);
    expect(alternatives(planned, 'size').size).toBe(0);
  });

  it('belong to a program, which has the same digest every time', () => {
    const other = planProgram(graph, cKernelNeeds, { ...latencyPlan, optimize: 'sram' });
    expect(programDigest(planned)).toBe(programDigest(planProgram(graph, cKernelNeeds, latencyPlan)));
    expect(programDigest(planned)).not.toBe(programDigest(other));
  });
});

/** A file as a search writes it, for no model. */
const tuning = {
  ...{ version: 1, thimble: '0.1.0', model: 'a'.repeat(64), program: 'b'.repeat(64), cpu: 'cortex-m4' },
  ...{ on: 'qemu:mps2-an386', layers: [] },
};

describe('--tuning', () => {
  it.each([
    ['a file that is no JSON', 'no', 'tuning-file'],
    ['a file of something else', '{"layers": 3}', 'tuning-file'],
    ['another model', JSON.stringify(tuning), 'tuning-stale'],
    ['another version', JSON.stringify({ ...tuning, thimble: '0.0.1' }), 'tuning-stale'],
  ])('refuses %s', (_, text, code) =>
    inFolder(async (folder) => {
      writeFileSync(`${folder}/t.json`, text);
      const result = await runJson(['convert', digitsFloat, '--to', 'c', '--tuning', 't.json', '--dry-run'], folder);
      expect(result.code).toBe(1);
      expect(problems.parse(result.value).problems[0]).toMatchObject({
        code,
        where: expect.stringContaining('t.json'),
      });
    }),
  );

  it('has no meaning for a WASM bundle', async () => {
    const { code } = await runCli(['convert', digitsFloat, '--to', 'wasm', '--tuning', 't.json']);
    expect(code).toBe(2);
  });
});

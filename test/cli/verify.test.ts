import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../cli/engine/engine.ts';
import { wasmEngine } from '../../cli/engine/wasm.ts';
import { readNpy, writeNpy } from '../../cli/input/npy.ts';
import { checkEngine, type ExpectedSample } from '../../cli/verify/check.ts';
import { checksText } from '../../cli/verify/render.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import { hasShared, sharedDir } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';
import { digitsFloat, digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';
import { problems, verify } from './schemas.ts';

describe('verify', () => {
  it.each([digitsInt8, digitsFloat])('finds WASM equal to the reference: %s', async (model) => {
    const { code, value } = await runJson(['verify', model, '--on', 'wasm', '--random', '2']);
    const report = verify.parse(value);
    expect(report.checks.map(({ target, status }) => [target, status])).toContainEqual(['wasm', 'equal']);
    expect([code, report.ok]).toEqual([0, true]);
  });

  it.skipIf(!needTool('gcc').available).each([digitsInt8, digitsFloat])('finds C equal: %s', async (model) => {
    const { code, stdout } = await runCli(['verify', model, '--on', 'c', '--random', '2']);
    expect(stdout).toMatch(/^equal +c against the reference: 2 samples/m);
    expect(code).toBe(0);
  });

  it.skipIf(!needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'qemu-system-arm').available)(
    'finds the emulated Cortex-M4 equal',
    async () => {
      const { code, stdout } = await runCli(['verify', digitsInt8, '--on', 'qemu:mps2-an386', '--random', '2']);
      expect(stdout).toMatch(/^equal +qemu:mps2-an386 against the reference: 2 samples/m);
      expect(code).toBe(0);
    },
  );

  it.skipIf(!hasShared).each(['digits_int8', 'digits_float'])('takes the goldens of %s', async (name) => {
    const golden = `${sharedDir}models/golden/examples/digits/${name}.tflite`;
    const model = name === 'digits_int8' ? digitsInt8 : digitsFloat;
    const { code, value } = await runJson(['verify', model, '--golden', golden, '--on', 'wasm']);
    const checks = verify.parse(value).checks.filter(({ against }) => against === 'golden');
    expect(checks.map(({ target, status, samples }) => [target, status, samples])).toEqual([
      ['reference', 'equal', 2],
      ['wasm', 'equal', 2],
    ]);
    expect(code).toBe(0);
  });

  it('a wrong golden is found, named and ends with 1', async () => {
    await inFolder(async (folder) => {
      const data = Int8Array.from({ length: 64 }, (_, i) => i - 32);
      writeFileSync(join(folder, 'input_0.npy'), writeNpy({ dtype: 'int8', shape: [1, 8, 8, 1], data }));
      await runCli(['run', digitsInt8, '--input', 'input_0.npy', '--save', 'out'], folder);
      const right = readNpy(
        new Uint8Array(readFileSync(join(folder, 'out', 'StatefulPartitionedCall_1_0.npy'))),
        'out',
      );
      const wrong = Int8Array.from(right.data, Number);
      wrong[3] = (wrong[3] ?? 0) === 127 ? 126 : (wrong[3] ?? 0) + 1;
      writeFileSync(join(folder, 'output_0.npy'), writeNpy({ dtype: 'int8', shape: [1, 10], data: wrong }));
      const argv = ['verify', digitsInt8, '--golden', '.', '--on', 'reference', '--random', '0'];
      const { code, value } = await runJson(argv, folder);
      const check = verify.parse(value).checks[0];
      expect(code).toBe(1);
      expect(check?.wrongOutput).toMatchObject({ index: 3, count: 1, expected: wrong[3], sample: '0' });
    });
  });

  it('a folder without goldens is a problem', async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, 'g'));
      const { code, value } = await runJson(['verify', digitsInt8, '--golden', 'g'], folder);
      expect([code, problems.parse(value).problems[0]?.code]).toEqual([1, 'golden-empty']);
    });
  });
});

describe('a check', () => {
  const graph = optimizeGraph(importModel(readFileSync(digitsInt8), 'digits_int8.tflite')).graph;
  const inputs = randomInputs(graph, 5);
  const item: ExpectedSample = { name: 'x', sample: () => inputs, expected: evaluateGraph(graph, inputs) };
  const judgements = [{ against: 'reference', samples: [item] }] as const;

  const spoiled = (tensor: Tensor): Tensor => {
    const data = Int8Array.from(Array.from(tensor.data, Number), (value) => value ^ 1);
    return { type: tensor.type, data };
  };

  /** An engine whose step 3 and all later ones are wrong. */
  const faulty: Engine = {
    ...wasmEngine,
    run: async () => ({
      inferences: [{ outputs: item.expected.flatMap((t) => (t === null ? [] : [spoiled(t)])) }],
      device: null,
    }),
    trace: async (traced, sample) => {
      const all: { name: string; tensor: Tensor }[] = [];
      evaluateGraph(traced, sample(), (id, tensor) => {
        const name = traced.values.get(id)?.name ?? '';
        all.push({ name, tensor: all.length < 3 ? tensor : spoiled(tensor) });
      });
      return all;
    },
  };

  it('names the first differing tensor and its operator', async () => {
    const [check] = await checkEngine(faulty, graph, judgements, true, () => {});
    expect(check?.status).toBe('differs');
    expect(check?.wrongOutput?.count).toBe(10);
    expect(check?.wrongTensor?.found?.operator).toBe(graph.nodes[3]?.name);
    const text = checksText('m.tflite', check === undefined ? [] : [check], false);
    expect(text).toContain(`first differing tensor "${check?.wrongTensor?.found?.tensor}" of ADD #3`);
  });

  it('says so where every tensor is right and the output is not', async () => {
    const [check] = await checkEngine({ ...faulty, trace: async () => [] }, graph, judgements, true, () => {});
    expect(check?.wrongTensor).toEqual({ found: null, traceKind: 'step by step' });
    expect(checksText('m', check === undefined ? [] : [check], false)).toContain('look at the memory plan');
  });

  it('is skipped where the target is missing, refused where the back end cannot', async () => {
    const [skipped] = await checkEngine({ ...faulty, missing: () => 'no compiler' }, graph, judgements, true, () => {});
    expect([skipped?.status, skipped?.reason]).toEqual(['skipped', 'no compiler']);
    const problem = { code: 'c-unsupported', where: 'ADD #3', what: 'no kernel', advice: 'wait' };
    const refusing: Engine = { ...faulty, run: () => Promise.reject(new ProblemError(problem)) };
    const [refused] = await checkEngine(refusing, graph, judgements, true, () => {});
    expect([refused?.status, refused?.problems]).toEqual(['refused', [problem]]);
  });
});

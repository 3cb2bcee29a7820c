import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { convertToC, importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import { toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import { emulate, VECTOR_TABLE } from '../../targets/rp2040/emulate.ts';
import { loadedParts } from '../../targets/rp2040/flash.ts';
import { rp2040Tools, runOnRp2040, selftestOnRp2040 } from '../../targets/rp2040/run.ts';
import { digitsInt8 } from '../cli/run-cli.ts';
import { hasShared, sharedDir } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';

const tools = needTool(...rp2040Tools);

function packageOf(path: string) {
  const file = path === digitsInt8 ? path : `${sharedDir}${path}`;
  const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(file)), basename(file)));
  const { artifacts, prefix, program } = convertToC(graph, packageOptions('m', { selfTestVectors: 1 }));
  const files = artifacts.map((artifact) => ({ path: artifact.path, contents: artifact.bytes }));
  return { graph, program, model: { prefix, files } };
}

describe.skipIf(!tools.available)('the C package on an emulated RP2040', () => {
  const models = [
    digitsInt8,
    ...(hasShared ? ['models/tflite/mlperf_kws_int8.tflite', 'models/tflite/mlperf_ad_int8.tflite'] : []),
  ];
  test.each(models.map((path) => [basename(path), path] as const))(
    '%s gives the bytes of the reference',
    async (_, path) => {
      const { graph, program, model } = packageOf(path);
      const inputs = randomInputs(graph, 5);
      const expected = evaluateGraph(graph, inputs).map(({ data }) => toBytes(data));
      const sizes = program.outputs.map(({ operand }) => byteSize(operand.type));
      const { runs } = await runOnRp2040(model, [{ inputs: inputs.map(({ data }) => toBytes(data)) }], sizes);
      expect(runs.map(({ status, outputs }) => ({ status, outputs }))).toEqual([{ status: 0, outputs: expected }]);
      const [first] = runs;
      expect(first?.cycles).toBeGreaterThan(first?.instructions ?? 0);
      expect(first?.stackBytes).toBeGreaterThan(0);
    },
  );

  test('passes its self test, and fails one that is wrong', async () => {
    const { model } = packageOf(digitsInt8);
    expect(await selftestOnRp2040(model)).toBe(0);
    const text = (contents: string | Uint8Array) =>
      typeof contents === 'string' ? contents : new TextDecoder().decode(contents);
    const files = model.files.map(({ path, contents }) => {
      if (!path.startsWith('test/')) return { path, contents };
      return { path, contents: text(contents).replace(/(output_0_0\[10\] = \{\s*)-?\d+/, '$177') };
    });
    expect(await selftestOnRp2040({ ...model, files })).toBe(1);
  });

  test('counts each layer', async () => {
    const { graph, program, model } = packageOf(digitsInt8);
    const sample = { inputs: randomInputs(graph, 1).map(({ data }) => toBytes(data)) };
    const { runs } = await runOnRp2040(
      model,
      [sample],
      program.outputs.map(({ operand }) => byteSize(operand.type)),
      true,
    );
    const [run] = runs;
    const sum = run?.layers.reduce((all, { instructions }) => all + instructions, 0) ?? 0;
    expect(sum).toBeGreaterThan(0.99 * (run?.instructions ?? 0));
    expect(sum).toBeLessThanOrEqual(run?.instructions ?? 0);
  });
});

/** A vector table with this reset handler behind it, of 16-bit instructions. */
function flashOf(code: readonly number[]) {
  const table = Uint32Array.of(0x2000_1000, VECTOR_TABLE + 8 + 1);
  return [
    { address: VECTOR_TABLE, bytes: new Uint8Array(table.buffer) },
    { address: VECTOR_TABLE + 8, bytes: new Uint8Array(Uint16Array.from(code).buffer) },
  ];
}

describe('a program in flash', () => {
  const base = { vectorTable: VECTOR_TABLE, files: new Map(), marks: null };
  test('is stopped when it does not end', async () => {
    const parts = flashOf([0xe7fe]); // b .
    await expect(emulate({ ...base, parts, maxInstructions: 10_000 })).rejects.toThrow('did not end');
  });

  test('is stopped at a load that is not aligned', async () => {
    const parts = flashOf([0x2001, 0x6800, 0xe7fe]); // movs r0, #1; ldr r0, [r0]; b .
    await expect(emulate({ ...base, parts, maxInstructions: 10_000 })).rejects.toThrow('fault');
  });

  test('has to be one', () => {
    expect(() => loadedParts(new Uint8Array(10))).toThrow('does not begin like a program');
  });
});

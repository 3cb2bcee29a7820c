import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CpuName } from '../../converter/backends/c/narrow/cpu.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { convertToC, importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import { toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import type { QemuCpu } from '../../targets/qemu/machines.ts';
import { qemuTools } from '../../targets/qemu/program.ts';
import { runInQemu } from '../../targets/qemu/run.ts';
import { digitsInt8 } from '../cli/run-cli.ts';
import { needTool } from '../support/tools.ts';

/** A package for one processor does what the one for all does there, and is not larger. */
const processors = ['cortex-m0plus', 'cortex-m4', 'cortex-m55', 'rv32imc'] as const satisfies readonly (QemuCpu &
  CpuName)[];

const graph = optimizeGraph(importModel(new Uint8Array(readFileSync(digitsInt8)), 'digits_int8.tflite')).graph;

async function run(cpu: QemuCpu & CpuName, narrow: boolean) {
  const { artifacts, prefix, program } = convertToC(graph, packageOptions('digits', { cpu: narrow ? cpu : null }));
  const files = artifacts.map(({ path, bytes }) => ({ path, contents: bytes }));
  const inputs = [1, 2].map((seed) => ({ inputs: randomInputs(graph, seed).map(({ data }) => toBytes(data)) }));
  const sizes = program.outputs.map(({ operand }) => byteSize(operand.type));
  const { runs, use } = await runInQemu({ prefix, files }, inputs, sizes, { cpu });
  return { runs: runs.map(({ status, outputs, instructions }) => ({ status, outputs, instructions })), use };
}

describe.each(processors)('a package narrowed to %s', (cpu) => {
  const emulator = needTool(...qemuTools(cpu), 'gcc');
  test.skipIf(!emulator.available)('runs as the one for all', async () => {
    const [whole, narrow] = await Promise.all([run(cpu, false), run(cpu, true)]);
    expect(narrow.runs).toEqual(whole.runs);
    expect(narrow.use.codeFlashBytes).toBeLessThanOrEqual(whole.use.codeFlashBytes);
    expect(narrow.use.weightBytes).toBe(whole.use.weightBytes);
  });
});

import { basename } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluateRuns } from '../../converter/ir/evaluate.ts';
import { typeOf } from '../../converter/ir/graph.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { convertToC, importModel, optimizeGraph } from '../../converter/pipeline.ts';
import type { MemoryBank } from '../../converter/plan/banks.ts';
import { balancedPlan, type PlanOptions } from '../../converter/plan/options.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import { toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import { elfSections, elfSymbols, symbolAddress } from '../../targets/elf.ts';
import { runOnHost } from '../../targets/host/run.ts';
import { QEMU_MACHINES } from '../../targets/qemu/machines.ts';
import { runInQemu } from '../../targets/qemu/run.ts';
import { stackBounds } from '../../targets/stack/bound.ts';
import { hasShared, readShared } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';

/** Packages whose buffers lie in two memories: on this computer, and on a Cortex-M4 with the second one in PSRAM. */

/** A quick memory in PSRAM, where the linker script of the emulator has a section, and a slow one where `.bss` goes. */
function banksOf(fastBytes: number, slowBytes: number): readonly MemoryBank[] {
  return [
    { name: 'Fast RAM', bytes: fastBytes, accessCycles: 1, dma: false, section: '.psram' },
    { name: 'SRAM', bytes: slowBytes, accessCycles: 4, dma: true, section: null },
  ];
}

/** Bytes of the two memories: whole layers, a stream, a model with state whose memory fits in neither. */
const models: readonly (readonly [string, number, number, PlanOptions['optimize']])[] = [
  ['mlperf_kws_int8', 11_000, 60_000, 'latency'],
  ['mlperf_ic_resnet8_int8', 20_000, 65_536, 'balanced'],
  ['mlperf_ic_resnet8_int8', 8000, 65_536, 'sram'],
  ['mww_vad_v2', 1200, 60_000, 'latency'],
];

function packageOf(name: string, fast: number, slow: number, optimize: PlanOptions['optimize']) {
  const path = `models/tflite/${name}.tflite`;
  const graph = optimizeGraph(importModel(readShared(path), basename(path))).graph;
  const plan = { ...balancedPlan, optimize, banks: banksOf(fast, slow) };
  const converted = convertToC(graph, packageOptions(name, { plan, selfTestVectors: 0 }));
  const files = converted.artifacts.map((file) => ({ path: file.path, contents: file.bytes }));
  const inputs = [1, 2].map((seed) => randomInputs(graph, seed));
  const expected = evaluateRuns(graph, inputs).map((run) => run.map(({ data }) => toBytes(data)));
  const samples = inputs.map((run) => ({ inputs: run.map(({ data }) => toBytes(data)) }));
  const sizes = graph.outputs.map(({ value }) => byteSize(typeOf(graph, value)));
  return { ...converted, files, samples, expected, sizes };
}

const host = needTool('gcc');
const emulator = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'arm-none-eabi-objdump', 'qemu-system-arm');

describe.skipIf(!hasShared).each(models)('%s in %i and %i bytes, %s', (...row) => {
  let made: ReturnType<typeof packageOf>;
  beforeAll(() => {
    made = packageOf(...row);
  });

  test('uses both memories within their sizes', () => {
    const { plan, memory } = made;
    const [, fast, slow] = row;
    expect(plan.banks.map(({ name }) => name)).toEqual(['SRAM', 'Fast RAM']);
    expect(plan.banks[0]?.usedBytes).toBe(plan.arenaBytes);
    expect(plan.arenaBytes).toBeLessThanOrEqual(slow);
    expect(plan.banks[1]?.usedBytes).toBeLessThanOrEqual(fast);
    expect(memory.staticBytes).toBe(plan.banks[1]?.usedBytes);
  });

  test.skipIf(!host.available)('gives the results of the reference on this computer', async () => {
    const { prefix, files, samples, sizes, expected } = made;
    const { runs } = await runOnHost({ prefix, files }, samples, sizes);
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    expect(runs.map(({ outputs }) => outputs.map((bytes) => [...bytes]))).toEqual(
      expected.map((run) => run.map((bytes) => [...bytes])),
    );
  });

  test.skipIf(!emulator.available)('lies where it is planned on a Cortex-M4', async () => {
    const { prefix, files, samples, sizes, expected, memory, plan } = made;
    const { runs, use, elf } = await runInQemu({ prefix, files }, samples, sizes, { counter: 'icount' });
    expect(runs.map(({ outputs }) => outputs.map((bytes) => [...bytes]))).toEqual(
      expected.map((run) => run.map((bytes) => [...bytes])),
    );
    expect(elfSections(elf).find(({ name }) => name === '.psram')?.size).toBe(plan.banks[1]?.usedBytes);
    const { psram } = QEMU_MACHINES['cortex-m4'];
    const address = symbolAddress(elfSymbols(elf), `${prefix}_bank_fast_ram`);
    expect(address).toBeGreaterThanOrEqual(psram.origin);
    expect(address).toBeLessThan(psram.origin + psram.bytes);
    expect(use.staticRamBytes).toBe(memory.staticBytes);
    expect(use.arenaBytes).toBe(memory.arenaBytes);
    const painted = Math.max(...runs.map(({ stackBytes }) => stackBytes));
    const [code] = await stackBounds(elf, [`${prefix}_run`]);
    expect(memory.stackBoundBytes).toBeGreaterThanOrEqual(code !== undefined && 'bytes' in code ? code.bytes : painted);
    expect(memory.stackBoundBytes).toBeGreaterThanOrEqual(painted);
    if (row[0].startsWith('mlperf')) expect(memory.stackBoundBytes - painted).toBeLessThanOrEqual(256);
  });
});

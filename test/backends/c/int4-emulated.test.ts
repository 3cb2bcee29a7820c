import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import { byteSize } from '../../../converter/tensor/tensor.ts';
import { type QemuOptions, runInQemu } from '../../../targets/qemu/run.ts';
import { needTool } from '../../support/tools.ts';
import { type Case, packageOf, plainOptions } from './batch.ts';
import { int4Case } from './int4-layers.ts';

const arm = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'qemu-system-arm');
const riscv = needTool('riscv64-unknown-elf-gcc', 'qemu-system-riscv32');

/** Each way to round, groups of all inputs and of some, and the processors with loops of their own. */
const rows = [
  [int4Case(null, 'exact'), [{ cpu: 'cortex-m4', optimize: '-O2' }, { cpu: 'cortex-m0plus' }, { cpu: 'cortex-m55' }]],
  [int4Case(32, 'single'), [{ cpu: 'cortex-m4', optimize: '-Os' }, { cpu: 'cortex-m55' }]],
  [int4Case(16, 'float', 3), [{ cpu: 'cortex-m4', defines: ['M_PORTABLE=1'] }, { cpu: 'cortex-m7' }]],
] as const;

async function agrees({ graph, inputs }: Case, builds: readonly Partial<QemuOptions>[]): Promise<void> {
  const expected = evaluateGraph(graph, inputs).map(({ data }) => toBytes(data));
  const sizes = graph.outputs.map(({ value }) => byteSize(typeOf(graph, value)));
  const model = { prefix: 'm', files: packageOf(graph, plainOptions('m')) };
  const sample = { inputs: inputs.map(({ data }) => toBytes(data)) };
  for (const build of builds) {
    const { runs } = await runInQemu(model, [sample], sizes, { ...build, counter: 'icount' });
    expect(
      runs.map(({ outputs }) => outputs),
      JSON.stringify(build),
    ).toEqual([expected]);
  }
}

describe('layers with weights of 4 bits on emulated processors', () => {
  it.skipIf(!arm.available).each(rows.map(([one, builds]) => [one.name, one, builds] as const))(
    '%s',
    (_, one, builds) => agrees(one, builds),
  );

  it.skipIf(!riscv.available)('RISC-V', () => agrees(int4Case(32, 'exact', 3), [{ cpu: 'rv32imc' }]));
});

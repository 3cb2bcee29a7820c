import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomInputs } from '../../converter/random-inputs.ts';
import { toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import { elfSections, elfSymbols } from '../../targets/elf.ts';
import { harnessFor } from '../../targets/harness/files.ts';
import { isPackageSource } from '../../targets/harness/package.ts';
import { withWorkspace } from '../../targets/harness/workspace.ts';
import { buildImage, type ImageUse, imageUse } from '../../targets/qemu/image.ts';
import { QEMU_MACHINES, type QemuCpu } from '../../targets/qemu/machines.ts';
import { TOOLCHAINS } from '../../targets/qemu/toolchains.ts';
import { requireTool } from '../../targets/tools.ts';
import type { CountedPackage } from '../counts/measure.ts';
import { root } from '../places.ts';

/** What the linker made of a package. */
export interface LinkedSizes {
  readonly use: ImageUse;
  /** Machine code by symbol, alignment and literals included as far as the symbol's size has them. */
  readonly functions: readonly (readonly [name: string, bytes: number])[];
  /** Constants beside the tables of weights. */
  readonly objects: readonly (readonly [name: string, bytes: number])[];
}

const kept = join(root, 'out', 'flash');

/** Compiles and links a package for a processor, at -O2. What has been linked once is kept in `out/flash`. */
export async function linkedSizes({ files, model, graph }: CountedPackage, cpu: QemuCpu): Promise<LinkedSizes> {
  const hash = createHash('sha256').update(cpu);
  for (const { path, contents } of files) if (/\.[ch]$/.test(path)) hash.update(contents);
  const file = join(kept, `${hash.digest('hex').slice(0, 24)}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const samples = [{ inputs: randomInputs(graph, 1).map(({ data }) => toBytes(data)) }];
  const outputBytes = model.program.outputs.map(({ operand }) => byteSize(operand.type));
  const harness = { path: 'main.c', contents: harnessFor(model.prefix, samples, outputBytes) };
  const machine = QEMU_MACHINES[cpu];
  const elf = await withWorkspace((workspace) =>
    buildImage(workspace, requireTool(TOOLCHAINS[machine.toolchain].compiler), machine, {
      files: [...files, harness],
      sources: files.map(({ path }) => path).filter(isPackageSource),
      harnessSources: [harness.path],
      defines: [],
      optimize: '-O2',
    }),
  );
  const sections = elfSections(elf);
  const inside = (kind: 'function' | 'object', names: readonly string[]) =>
    elfSymbols(elf)
      .filter((symbol) => symbol.kind === kind && names.includes(sections[symbol.section]?.name ?? ''))
      .map(({ name, size }) => [name, size] as const);
  const sizes = {
    use: imageUse(elf),
    functions: inside('function', ['.text']),
    objects: inside('object', ['.rodata', '.data']),
  };
  mkdirSync(kept, { recursive: true });
  writeFileSync(file, JSON.stringify(sizes));
  return sizes;
}

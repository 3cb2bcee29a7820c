import type { JointPlan, Sharing } from '../../../plan/joint.ts';
import type { Program } from '../../../plan/program.ts';
import type { KernelChoices } from '../choice.ts';
import { layerOf } from '../kernels.ts';
import { LayerPool } from '../layers.ts';
import { type CMemoryUse, memoryUse } from '../memory-use.ts';
import type { CpuName } from '../narrow/cpu.ts';
import type { COptions } from '../options.ts';
import { type CPackageModel, packageModelIn } from '../package.ts';
import { tableBytes } from '../table.ts';

/** One model of a pack. */
export interface PackMember {
  readonly program: Program;
  readonly choices: KernelChoices;
  readonly options: COptions;
}

/** Models in one arena, on one set of layer functions, tables and support code. */
export interface CPackModel {
  readonly sharing: Sharing;
  readonly keepInputs: boolean;
  readonly joint: JointPlan;
  readonly members: readonly { readonly model: CPackageModel; readonly options: COptions }[];
  /** What they share, as if of one model: its prefix is that of the pack. */
  readonly shared: CPackageModel;
  /** Functions and bytes of tables of each model that were not there with those before it. */
  readonly added: readonly { readonly functions: number; readonly tableBytes: number }[];
}

/** What `<pack>_run` puts on the stack beside what a model does: its frame, with the alignment of eight bytes. */
const roundBytes = 24;

/** Emits the models of a pack; equal layers and tables of different models once. */
export function packModel(
  members: readonly PackMember[],
  prefix: string,
  joint: JointPlan,
  sharing: Sharing,
  keepInputs: boolean,
): CPackModel {
  const layers = new LayerPool(prefix);
  const added: { functions: number; tableBytes: number }[] = [];
  const models = members.flatMap(({ program, choices, options }, i) => {
    const plan = joint.plans[i];
    if (plan === undefined) return [];
    const before = countsOf(layers);
    const model = packageModelIn(layers, program, plan, options.prefix, choices, layerOf);
    const now = countsOf(layers);
    added.push({ functions: now.functions - before.functions, tableBytes: now.tableBytes - before.tableBytes });
    return [{ model, options }];
  });
  return { ...{ sharing, keepInputs, joint, added }, members: models, shared: sharedModel(models, layers, joint) };
}

function countsOf(layers: LayerPool) {
  const bytes = layers.tables.all().reduce((sum, { table }) => sum + tableBytes(table), 0);
  return { functions: layers.functions().length, tableBytes: bytes };
}

function sharedModel(members: CPackModel['members'], layers: LayerPool, joint: JointPlan): CPackageModel {
  const models = members.map(({ model }) => model);
  const [first] = models;
  if (first === undefined) throw new RangeError('a pack has at least one model');
  const deepest = models.map(({ sram }) => sram).reduce((a, b) => (b.stackBytes > a.stackBytes ? b : a));
  const union = <T>(lists: readonly (readonly T[])[]) => [...new Set(lists.flat())];
  const names = models.map(({ program }) => program.name).join(', ');
  return {
    ...first,
    prefix: layers.prefix,
    program: { ...first.program, name: names, inputs: [], outputs: [], states: [], steps: [], streams: [], fed: null },
    plan: { ...first.plan, lowerBoundBytes: joint.lowerBoundBytes, placements: [] },
    work: models.flatMap(({ work }) => work),
    resets: models.flatMap(({ resets }) => resets),
    functions: layers.functions(),
    tables: layers.tables.all(),
    headers: union(models.map(({ headers }) => headers)),
    systemHeaders: union(models.map(({ systemHeaders }) => systemHeaders)).sort(),
    usesMath: models.some(({ usesMath }) => usesMath),
    macs: models.reduce((sum, { macs }) => sum + macs, 0),
    sram: {
      stackBytes: deepest.stackBytes + roundBytes,
      stackLayer: deepest.stackLayer,
      staticBytes: Math.max(...models.map(({ sram }) => sram.staticBytes)),
    },
  };
}

/** What the pack takes of the memories. */
export function packMemory({ shared }: CPackModel, cpu: CpuName | null): CMemoryUse {
  return memoryUse(shared, cpu);
}

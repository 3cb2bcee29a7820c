import type { Op } from '../../../ops/op.ts';
import type { KernelNeeds } from '../../../plan/lower.ts';
import { type MemoryPlan, operandOffset } from '../../../plan/plan.ts';
import type { Operand, Program, Step } from '../../../plan/program.ts';
import { byteSize, type TensorType } from '../../../tensor/tensor.ts';
import type { WeightStorage } from '../../../tensor/weight-storage.ts';
import { type StepPlaces, wholePlaces } from '../emit-step.ts';
import { addressPlus } from '../kernel.ts';
import { estimatedNs } from './cost.ts';
import { type Slab, type SlabForm, slabFormOf } from './slab.ts';

/** From which times on work is divided. */
export interface ThreadLimits {
  /** Models that take less have no threads: waking a worker takes a part of that. */
  readonly modelNs: number;
  /** Steps that take less are done in one part: threads wait for each other after every step. */
  readonly stepNs: number;
  /** Parts take at least about so long, as far as the fewest parts allow. */
  readonly partNs: number;
}

export const threadLimits: ThreadLimits = { modelNs: 320_000, stepNs: 6_000, partNs: 6_000 };

/** Limits that divide whatever can be divided. */
export const noThreadLimits: ThreadLimits = { modelNs: 0, stepNs: 0, partNs: 0 };

/** Parts of a step: more than threads, so that a thread that was late gets fewer of them. */
const mostParts = 8;

/** The slabs that a step is divided into; one or none where it is done as a whole. */
function slabsOf(form: SlabForm, ns: number, limits: ThreadLimits): readonly Slab[] {
  if (ns < limits.stepNs) return [];
  const wanted = limits.partNs === 0 ? mostParts : Math.max(2, Math.min(mostParts, Math.floor(ns / limits.partNs)));
  const share = Math.ceil(form.count / wanted / form.grain) * form.grain;
  // A rest of less than a grain goes to the last part: kernels of a single row may have other weights.
  const parts = Math.max(1, Math.floor((form.count + share - form.grain) / share));
  return Array.from({ length: parts }, (_, i) => {
    return form.slab(i * share, i === parts - 1 ? form.count : (i + 1) * share);
  });
}

function divided(
  op: Op,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
  limits: ThreadLimits,
): { readonly form: SlabForm; readonly slabs: readonly Slab[] } | null {
  const form = slabFormOf(op, inputs, outputs);
  if (form === null) return null;
  const slabs = slabsOf(form, estimatedNs(op, inputs, outputs), limits);
  return slabs.length > 1 ? { form, slabs } : null;
}

/** What kernels ask of the memory plan where steps are divided: scratch for every part, and outputs apart from what parts read. */
export function dividedNeeds(needs: KernelNeeds, limits: ThreadLimits = threadLimits): KernelNeeds {
  return {
    ...needs,
    scratchBytes(op, inputs, outputs) {
      const whole = needs.scratchBytes(op, inputs, outputs);
      const parts = divided(op, inputs, outputs, limits);
      return parts === null ? whole : Math.max(whole, scratchOf(parts.slabs, needs).bytes);
    },
    overlaps(op, inputs, outputs) {
      const overlaps = needs.overlaps(op, inputs, outputs);
      const parts = divided(op, inputs, outputs, limits);
      return parts === null || parts.form.inPlace ? overlaps : overlaps.map(() => null);
    },
  };
}

/** Where the scratch of each slab lies in that of the step. */
function scratchOf(slabs: readonly Slab[], needs: KernelNeeds): { readonly offsets: number[]; readonly bytes: number } {
  const offsets: number[] = [];
  let bytes = 0;
  for (const { op, inputs, output } of slabs) {
    offsets.push(bytes);
    const own = needs.scratchBytes(
      op,
      inputs.map(({ type }) => type),
      [output.type],
    );
    bytes += Math.ceil(own / 64) * 64;
  }
  return { offsets, bytes };
}

/** A part of a step as a step of its own. */
export interface StepPart {
  readonly step: Step;
  readonly places: StepPlaces;
}

/** The parts of a step that may be computed at the same time where they lie in `plan`; the whole step where it is not divided. */
export function partsOf(
  step: Step,
  plan: MemoryPlan,
  needs: KernelNeeds,
  limits: ThreadLimits | null,
): readonly StepPart[] {
  const whole = wholePlaces(step, plan);
  const single = [{ step, places: whole }];
  const [output] = step.outputs;
  if (limits === null || output === undefined) return single;
  const parts = divided(step.op, typesOf(step.inputs), typesOf(step.outputs), limits);
  if (parts === null || !isApart(step, plan, parts.form)) return single;
  const scratch = scratchOf(parts.slabs, needs);
  const scratchBytes = plan.placements.find(({ buffer }) => buffer.id === step.scratch)?.buffer.bytes ?? 0;
  if (scratch.bytes > scratchBytes) return single;
  return parts.slabs.map(
    (slab, i): StepPart => ({
      step: {
        ...step,
        op: slab.op,
        inputs: step.inputs.map((operand, input) => pieceOf(operand, slab, input)),
        outputs: [{ ...output, type: slab.output.type, offset: output.offset + slab.output.offset }],
      },
      places: {
        input: (index) => addressPlus(whole.input(index), slab.inputs[index]?.offset ?? 0),
        output: (index) => addressPlus(whole.output(index), slab.output.offset),
        scratch: whole.scratch === null ? null : addressPlus(whole.scratch, scratch.offsets[i] ?? 0),
      },
    }),
  );
}

/** The operand of a part; of a constant the elements that it reads. */
function pieceOf(operand: Operand, slab: Slab, index: number): Operand {
  const piece = slab.inputs[index];
  if (piece === undefined) return operand;
  const { type, offset } = piece;
  if (operand.kind === 'arena') return { ...operand, type, offset: operand.offset + offset };
  const first = offset / (byteSize(operand.type) / Math.max(1, operand.data.length));
  const count = type.shape.reduce((product, size) => product * size, 1);
  if (count === operand.data.length) return operand;
  const { storage } = operand;
  const channels = type.shape[0] ?? 0;
  const row = count / Math.max(1, channels);
  return {
    ...operand,
    type,
    data: operand.data.slice(first, first + count),
    storage: storage === null ? null : rowsOf(storage, first / row, channels, operand.type.shape[0] ?? 1),
  };
}

/** The storage of `count` rows from `first` on, of `rows` in all. */
function rowsOf(storage: WeightStorage, first: number, count: number, rows: number): WeightStorage {
  if (storage.kind === 'int8') return { ...storage, scales: storage.scales.subarray(first, first + count) };
  if (storage.kind === 'float16') return storage;
  const groups = storage.multipliers.length / rows;
  return { ...storage, multipliers: storage.multipliers.subarray(first * groups, (first + count) * groups) };
}

/** Whether no part writes what another one reads: the output lies apart from all inputs, or exactly over them where that is as good. */
function isApart(step: Step, plan: MemoryPlan, form: SlabForm): boolean {
  const [output] = step.outputs;
  if (output === undefined) return false;
  const start = operandOffset(plan, output);
  const end = start + byteSize(output.type);
  return step.inputs.every((input) => {
    if (input.kind === 'constant') return true;
    const first = operandOffset(plan, input);
    const last = first + byteSize(input.type);
    return last <= start || first >= end || (form.inPlace && first === start);
  });
}

/**
 * Whether a model is long enough to be divided, and lies in memory so that it can be. Row streams are in an order of their own.
 */
export function isDivided(
  { steps, streams }: Program,
  plan: MemoryPlan,
  needs: KernelNeeds,
  limits: ThreadLimits = threadLimits,
): boolean {
  if (streams.length > 0) return false;
  let total = 0;
  for (const { op, inputs, outputs } of steps) total += estimatedNs(op, typesOf(inputs), typesOf(outputs));
  return total >= limits.modelNs && steps.some((step) => partsOf(step, plan, needs, limits).length > 1);
}

function typesOf(operands: readonly Operand[]): readonly TensorType[] {
  return operands.map(({ type }) => type);
}

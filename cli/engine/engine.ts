import type { CMemoryUse } from '../../converter/backends/c/memory-use.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import type { QemuCpu } from '../../targets/qemu/machines.ts';

/** The processor of each emulated board. AN385 has a Cortex-M3, which runs the code of a Cortex-M0+ too. */
export const boardCpus = {
  'qemu:microbit': 'cortex-m0',
  'qemu:mps2-an385-m0plus': 'cortex-m0plus',
  'qemu:mps2-an385': 'cortex-m3',
  'qemu:mps2-an386': 'cortex-m4',
  'qemu:mps2-an505': 'cortex-m33',
  'qemu:mps2-an500': 'cortex-m7',
  'qemu:mps3-an547': 'cortex-m55',
  'qemu:virt': 'rv32imc',
} as const satisfies Readonly<Record<`qemu:${string}`, QemuCpu>>;

export type BoardName = keyof typeof boardCpus;

/** The processor where instructions are counted. */
export function cpuOf(name: CountingName): QemuCpu {
  return name === 'rp2040js' ? 'cortex-m0plus' : boardCpus[name];
}

/** Every emulated board, small processors first. */
export const boardNames = [
  ...(['qemu:microbit', 'qemu:mps2-an385-m0plus', 'qemu:mps2-an385', 'qemu:mps2-an386'] as const),
  ...(['qemu:mps2-an505', 'qemu:mps2-an500', 'qemu:mps3-an547', 'qemu:virt'] as const),
] as const satisfies readonly BoardName[];

/** Where instructions are counted: the boards, and the RP2040 of another emulator. */
export const countingNames = [...boardNames, 'rp2040js'] as const;

export type CountingName = (typeof countingNames)[number];

/** Where a model can run. */
export const targetNames = ['reference', 'wasm', 'c', ...countingNames] as const;

export type TargetName = (typeof targetNames)[number];

/** One tensor for each input of the model; made when it is needed. */
export type LazySample = () => readonly Tensor[];

/** One inference; the tensors follow the outputs of the model. */
export interface Inference {
  readonly outputs: readonly Tensor[];
}

/** Instructions of one layer of the program, and its name in the user's words. */
export interface LayerInstructions {
  readonly layer: number;
  readonly name: string;
  readonly instructions: number;
}

/** What an emulated device measured. */
export interface DeviceUse {
  readonly machine: string;
  /** Of the first sample. */
  readonly instructions: number;
  /** Whether the count is exact, or good to a tick of a timer. */
  readonly counter: 'plugin' | 'icount';
  /** Of the first sample, by the count of an emulator that has one: rp2040js, without waiting for flash. Null elsewhere. */
  readonly cycles: number | null;
  readonly layers: readonly LayerInstructions[];
  /** High-water mark over all samples. */
  readonly stackBytes: number;
  /** Worst case of the stack by the machine code; null without a disassembler, or where the code has none. */
  readonly codeStackBytes: number | null;
  /** What was known before anything was compiled. */
  readonly predicted: CMemoryUse;
  readonly arenaBytes: number;
  /** Variables besides the arena. */
  readonly staticBytes: number;
  /** arena + static + stack. */
  readonly sramBytes: number;
  /** Machine code and constants without the weights. */
  readonly codeFlashBytes: number;
  readonly weightFlashBytes: number;
}

export interface EngineResult {
  readonly inferences: readonly Inference[];
  /** Null for engines that measure nothing. */
  readonly device: DeviceUse | null;
}

/** A tensor that an engine computed on its way, under its name in the graph. */
export interface TracedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

/** A way to run a model. */
export interface Engine {
  readonly target: TargetName;
  /** Why it cannot work on this computer, with the way to change that; null where it can. */
  readonly missing: () => string | null;
  /**
   * Runs the samples in order; a model with state begins with its initial one and goes on from sample to sample. `onDone` hears how many are done.
   * Throws ProblemError where the graph cannot be emitted or does not fit.
   */
  readonly run: (
    graph: Graph,
    samples: readonly LazySample[],
    onDone: (count: number) => void,
  ) => Promise<EngineResult>;
  /**
   * How {@link Engine.trace} sees the tensors: `step by step` in the very code that runs, or `kept apart` in code emitted
   * anew with every tensor as an output, where nothing is overwritten.
   */
  readonly traceKind: 'step by step' | 'kept apart';
  /** The computed tensors of one inference from the initial state, in order of execution; views may be absent. */
  readonly trace: (graph: Graph, sample: LazySample) => Promise<readonly TracedTensor[]>;
}

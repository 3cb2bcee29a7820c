import type { OpType } from '../../ops/op.ts';
import type { Overlaps } from '../../plan/overlap.ts';
import type { Operand, Step } from '../../plan/program.ts';
import type { Rounding } from '../../tensor/requantize.ts';
import type { TensorType } from '../../tensor/tensor.ts';
import type { Unsupported } from '../kernel.ts';
import type { KernelChoice, KernelForm, TileUse } from './choice.ts';
import type { CTable } from './table.ts';

/** Fixed headers of `support/` that a layer may use; each includes what it needs itself. */
export type SupportHeader =
  | 'integer.h'
  | 'dot.h'
  | 'products.h'
  | 'panel.h'
  | 'gather.h'
  | 'wide.h'
  | 'folded.h'
  | 'small.h'
  | 'nested.h'
  | 'helium.h'
  | 'nibbles.h'
  | 'depthwise.h'
  | 'bands.h'
  | 'add.h'
  | 'softmax.h'
  | 'hybrid.h'
  | 'real.h'
  | 'int16.h'
  | 'int16_tiles.h'
  | 'int16_panel.h'
  | 'int16_long.h'
  | 'int16_depthwise.h'
  | 'recurrent.h'
  | 'lstm.h'
  | 'whole.h'
  | 'move.h'
  | 'stream.h';

/** Headers of C itself, beside `stdint.h` and `string.h`, which every layer may use. */
export type SystemHeader = 'math.h' | 'float.h';

/** What a layer function is called with. */
export type CArgument =
  | { readonly kind: 'operand'; readonly operand: Operand }
  | { readonly kind: 'table'; readonly table: CTable }
  | { readonly kind: 'scratch' }
  | { readonly kind: 'spare' }
  /** The sums of a pool that goes on row by row, and the number of the row. */
  | { readonly kind: 'sums' }
  | { readonly kind: 'row' };

export interface CParameter {
  /** `const int8_t *input` */
  readonly declaration: string;
  readonly argument: CArgument;
}

/**
 * The C function of one layer and what it is called with. Functions of equal stem, parameters and body are emitted once
 * and shared: whatever differs between like layers should be an argument.
 */
export interface CLayer {
  /** What it does, as part of its name: `conv_2d`. */
  readonly stem: string;
  readonly parameters: readonly CParameter[];
  /** The statements between the braces. Names of the package are written with `thimble_` and `THIMBLE_`. */
  readonly body: string;
  readonly headers: readonly (SystemHeader | SupportHeader)[];
  /** The form that was chosen, where the layer has it. */
  readonly form?: KernelForm;
  /** Its tiles on Armv7E-M, where it has some. */
  readonly tileUse?: TileUse;
}

/** What all kernels are told about the program. */
export interface KernelContext {
  readonly rounding: Rounding;
  /** Bytes of the arena that lie idle while this step runs: what a parameter of kind `spare` points to. */
  readonly spareBytes: number;
  /** How this layer is to be written, where there are several ways. */
  readonly choice: KernelChoice;
}

/** The layer of a step. */
export type LayerOf = (step: Step, context: KernelContext) => CLayer;

/** How the C back end computes one operator. */
export interface CKernel<T extends OpType> {
  /** Why this step cannot be emitted, or null. */
  problem(step: Step<T>, context: KernelContext): Unsupported | null;
  /** How close the output may come to each input, see `KernelNeeds`. */
  overlaps(op: Step<T>['op'], inputs: readonly TensorType[], outputs: readonly TensorType[]): Overlaps;
  /** Bytes of temporary memory. */
  scratchBytes(op: Step<T>['op'], inputs: readonly TensorType[], outputs: readonly TensorType[]): number;
  /** The layer of a step without problem. */
  emit(step: Step<T>, context: KernelContext): CLayer;
}

import { integerClamp } from '../../../ops/quantized.ts';
import { nhwc } from '../../../ops/window.ts';
import { offsetOf } from '../../../plan/plan.ts';
import type { RowAction, RowRead, Stream } from '../../../plan/program.ts';
import type { FunctionRef } from '../assembler/index.ts';
import { arenaAddress, type EmissionContext, emitStep } from '../emit-step.ts';
import type { PendingCall } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { totalPool, type totalPoolParams } from '../routines/total-pool.ts';

/** A tensor's rows in memory. */
export interface PendingStore {
  /** Bytes from the start of the arena. */
  readonly offset: number;
  readonly rowBytes: number;
  readonly capacity: number;
  readonly slide: number;
  readonly first: number;
  readonly padding: number;
}

/** An action of a stream with the calls that do it. Stores are given by their index. */
export type PendingAction =
  | {
      readonly kind: 'layer';
      readonly calls: readonly PendingCall[];
      readonly inputs: readonly (RowRead | null)[];
      readonly output: number;
    }
  | {
      readonly kind: 'total';
      readonly callee: FunctionRef<typeof totalPoolParams, readonly []>;
      readonly input: number;
      readonly output: number;
      /** Bytes from the start of the arena. */
      readonly sums: number;
    }
  | Extract<RowAction, { kind: 'pad' | 'copy' }>;

/** A stream as it is kept until the addresses are known. */
export interface PendingStream {
  readonly name: string;
  readonly stores: readonly PendingStore[];
  readonly actions: readonly PendingAction[];
  /** Where the order lies in the constants: bytes, or half words where there are many actions. */
  readonly order: { readonly address: number; readonly length: number; readonly bytes: 1 | 2 };
}

/** Emits the kernels of a stream. Their weights and the order of the rows go into the constants. */
export function emitStream(stream: Stream, context: EmissionContext): PendingStream {
  const { plan, constants } = context;
  const { first, end, order } = stream;
  const bytes = stream.actions.length > 256 ? 2 : 1;
  const table = bytes === 1 ? Uint8Array.from(order) : new Uint8Array(Uint16Array.from(order).buffer);
  return {
    name: `stream of steps ${first} to ${end - 1}`,
    stores: stream.stores.map(({ buffer, rowBytes, capacity, slide, first, padding }) => {
      return { offset: offsetOf(plan, buffer), rowBytes, capacity, slide, first, padding };
    }),
    actions: stream.actions.map((action) => emitAction(action, stream, context)),
    order: { address: constants.add(table), length: order.length, bytes },
  };
}

function emitAction(action: RowAction, stream: Stream, context: EmissionContext): PendingAction {
  const { plan, library } = context;
  switch (action.kind) {
    case 'layer': {
      const { step, inputs, output } = action;
      const scratch = stream.scratch === null ? null : arenaAddress(plan, stream.scratch);
      const places = {
        input: (index: number) => ({ region: `input${index}`, offset: 0 }) as const,
        output: () => ({ region: 'output', offset: 0 }) as const,
        scratch,
      };
      return { kind: 'layer', calls: emitStep(step, places, context), inputs, output };
    }
    case 'total': {
      const { step, input, output, sums } = action;
      const { height, width, channels } = nhwc(inputOf(step, 0).type.shape);
      const { kind, ties, clamp } = step.op.attributes;
      const config = { height, width, channels, kind, ties, ...integerClamp(clamp, outputOf(step).type) };
      return { kind: 'total', callee: library.get(totalPool, config), input, output, sums: offsetOf(plan, sums) };
    }
    default:
      return action;
  }
}

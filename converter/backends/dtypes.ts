import type { OpType } from '../ops/op.ts';
import type { Step } from '../plan/program.ts';
import type { DType } from '../tensor/dtype.ts';
import { type Unsupported, unsupported } from './kernel.ts';

/** Operators that only move elements, of any dtype. */
const movers: ReadonlySet<OpType> = new Set<OpType>([
  ...(['concat', 'gather', 'pad', 'reshape', 'scatter', 'select', 'slice', 'transpose'] as const),
]);

/** Operators that compute with whole numbers of every width. */
const wholeOperators: ReadonlySet<OpType> = new Set<OpType>(['cast', 'compare', 'map', 'reduce', 'zip']);

/** Operators that have kernels for int64 besides; see docs/adr/0013-int64-tensors.md. */
const wideOperators: ReadonlySet<OpType> = new Set<OpType>(['arg-reduce', 'cumulative', 'top-k']);

/** What the back ends store and move, but do not compute with. */
const storedOnly: readonly DType[] = ['float16', 'float64'];

/** Why the back ends have no kernel for the dtypes of a step, or null where they may have one. */
export function dtypeProblem(step: Step): Unsupported | null {
  const { type } = step.op;
  if (movers.has(type)) return null;
  const unknown: readonly DType[] = wholeOperators.has(type)
    ? storedOnly
    : ['float64', 'uint16', 'uint32', 'int64', 'uint64'];
  const wrong = [...step.inputs, ...step.outputs].find(({ type: { dtype } }) => {
    return unknown.includes(dtype) && !(dtype === 'int64' && wideOperators.has(type));
  });
  if (wrong === undefined) return null;
  const what = `${type} of "${wrong.name}", which is ${wrong.type.dtype}, is not computed at run time`;
  return unsupported(what, 'use float32 or int32, or cast to them first');
}

import type { Clamp } from './definition.ts';
import type { Op, OpAttributes, OpType } from './op.ts';

/** Operators that clamp what they compute. */
export type ClampedType = {
  [T in OpType]: OpAttributes[T] extends { readonly clamp: Clamp } ? T : never;
}[OpType];

/** Whether the operator has a clamp of its own. */
export function isClamped(op: Op): op is Op<ClampedType> {
  return 'clamp' in op.attributes;
}

/** The operator with another clamp. */
export function withClamp(op: Op<ClampedType>, clamp: Clamp): Op {
  switch (op.type) {
    case 'conv-2d':
      return { type: op.type, attributes: { ...op.attributes, clamp } };
    case 'depthwise-conv-2d':
      return { type: op.type, attributes: { ...op.attributes, clamp } };
    case 'fully-connected':
      return { type: op.type, attributes: { ...op.attributes, clamp } };
    case 'zip':
      return { type: op.type, attributes: { ...op.attributes, clamp } };
    case 'pool-2d':
      return { type: op.type, attributes: { ...op.attributes, clamp } };
  }
}

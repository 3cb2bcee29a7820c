import { type Problem, ProblemError } from '../../../problem.ts';
import type { OnnxNode } from './model.ts';

/** `Conv` for an operator of ONNX itself, `com.microsoft:FusedConv` for one of another domain. */
export function operatorName({ domain, opType }: OnnxNode): string {
  return domain === '' ? opType : `${domain}:${opType}`;
}

/** The place of a node in the user's own words: `Conv "block3/conv"`; a node without a name goes by what it computes. */
export function nodePlace(node: OnnxNode): string {
  const { index, name, outputs } = node;
  const type = operatorName(node);
  return name === '' ? `${type} #${index} "${outputs.find((output) => output !== '') ?? ''}"` : `${type} "${name}"`;
}

export function tensorPlace(name: string): string {
  return `tensor "${name}"`;
}

/** A fault of the file itself, not of what it asks for. */
export function damaged(where: string, what: string): Problem {
  return { code: 'onnx-damaged', where, what, advice: 'download or export the model again' };
}

export function damage(where: string, what: string): ProblemError {
  return new ProblemError(damaged(where, what));
}

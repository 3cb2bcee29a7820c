import type { Lifetime } from './lifetimes.ts';
import type { BufferId, Program } from './program.ts';

/**
 * The buffers of a program that must stay as they are while other programs run in the same arena: states; outputs, until they are read; with
 * `keepInputs` inputs that are being filled; and what holds a frame that comes row by row, since others run between two rows.
 */
export function keptBuffers(
  program: Program,
  lifetimes: ReadonlyMap<BufferId, Lifetime>,
  keepInputs: boolean,
): ReadonlySet<BufferId> {
  const { states, outputs, inputs, fed, streams } = program;
  const ports = [...states, ...outputs, ...(keepInputs && fed === null ? inputs : [])];
  const kept = new Set(ports.map(({ operand }) => operand.buffer));
  const [first] = streams;
  if (fed === null || first === undefined) return kept;
  kept.add(fed.mark);
  for (const [buffer, { start, end }] of lifetimes) if (start < first.end && end > first.first) kept.add(buffer);
  return kept;
}

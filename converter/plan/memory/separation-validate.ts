import type { SeparationProblem } from './separation-problem.ts';

/**
 * Faults of a placement, as sentences; empty when it is sound. Looks at every buffer, range and pair and shares no code with
 * the solver: it is the judge.
 */
export function validateSeparations(
  problem: SeparationProblem,
  offsets: ReadonlyMap<number, number>,
  height: number,
): string[] {
  const faults: string[] = [];
  const starts = problem.buffers.map(({ id, size, alignment, fixed }) => {
    const start = offsets.get(id);
    if (start === undefined || !Number.isInteger(start) || start < 0) {
      faults.push(`buffer ${id} has ${start === undefined ? 'no offset' : `offset ${start}`}`);
      return null;
    }
    if (start % alignment !== 0) faults.push(`buffer ${id} at ${start} is not aligned to ${alignment}`);
    if (fixed !== undefined && start !== fixed) faults.push(`buffer ${id} is at ${start} and not at ${fixed}`);
    if (start + size > height) faults.push(`buffer ${id} ends at ${start + size}, beyond ${height}`);
    for (const { from, to } of problem.forbidden) {
      const shared = Math.min(start + size, to) - Math.max(start, from);
      if (shared > 0) faults.push(`buffer ${id} at ${start} lies in the forbidden range from ${from} to ${to}`);
    }
    return start;
  });
  for (const { a, b, aBelow, bBelow } of problem.conflicts) {
    const [startA, startB] = [starts[a], starts[b]];
    if (startA === undefined || startB === undefined) faults.push(`conflict of ${a} and ${b} names no buffers`);
    if (typeof startA !== 'number' || typeof startB !== 'number') continue;
    const distance = startB - startA;
    if (distance < aBelow && -distance < bBelow) {
      const names = `buffers ${problem.buffers[a]?.id} at ${startA} and ${problem.buffers[b]?.id} at ${startB}`;
      faults.push(`${names} are nearer than ${aBelow} or ${bBelow}`);
    }
  }
  return faults;
}

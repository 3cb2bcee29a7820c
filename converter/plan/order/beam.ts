import { calmed } from './calm.ts';
import { type Choice, type Found, foundAt, nextOf, taken } from './choice.ts';
import { type Effort, type Frontier, firstFrontier, keyOf } from './frontier.ts';

/** A place to go on from, perhaps not looked at yet. */
interface Candidate {
  readonly peakBytes: number;
  readonly liveBytes: number;
  readonly at: Frontier | Choice;
}

/**
 * Beam search: among the ways to run equally many tasks it follows the `width` best, by their peak and then by what they leave alive.
 * Finds an order below `belowBytes` or null; null too where the budget of steps ran out.
 */
export function searchBeam(effort: Effort, belowBytes: number, width: number, budget: number): Found | null {
  effort.limit = effort.steps + budget;
  const total = effort.work.tasks.length;
  const levels: Candidate[][] = Array.from({ length: total + 1 }, () => []);
  const put = (frontier: Frontier) => levels[frontier.count]?.push(candidateOf(frontier));
  put(calmed(effort, firstFrontier(effort)));
  for (let count = 0; count < total; count++) {
    const candidates = (levels[count] ?? []).sort(byPeakThenLive);
    levels[count] = [];
    const seen = new Set<string>();
    for (const { at } of candidates) {
      if (seen.size === width) break;
      if (effort.steps > effort.limit) return null;
      const isChoice = 'task' in at;
      const frontier = isChoice ? taken(effort, at) : at;
      const key = keyOf(frontier);
      if (seen.has(key) || frontier.peakBytes >= belowBytes) continue;
      seen.add(key);
      const calm = isChoice ? calmed(effort, frontier) : frontier;
      if (calm.count > count) put(calm);
      else for (const choice of nextOf(effort, calm, belowBytes)) levels[count + 1]?.push(candidateOf(choice));
    }
  }
  const [end] = (levels[total] ?? []).sort(byPeakThenLive);
  if (end === undefined) return null;
  const found = foundAt('task' in end.at ? taken(effort, end.at) : end.at);
  return found.peakBytes < belowBytes ? found : null;
}

function candidateOf(at: Frontier | Choice): Candidate {
  if (!('task' in at)) return { peakBytes: at.peakBytes, liveBytes: at.liveBytes, at };
  const { duringBytes, afterBytes } = at.effect;
  return { peakBytes: Math.max(at.from.peakBytes, duringBytes), liveBytes: afterBytes, at };
}

const byPeakThenLive = (a: Candidate, b: Candidate): number => a.peakBytes - b.peakBytes || a.liveBytes - b.liveBytes;

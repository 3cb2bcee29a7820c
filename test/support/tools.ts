import { appendFileSync } from 'node:fs';
import { findTool } from '../../targets/tools.ts';

/** Whether a suite can run, and if not, why. */
export interface Need {
  readonly available: boolean;
  /** Empty when available. */
  readonly reason: string;
}

const reported = new Set<string>();
const known = new Map<string, string>();

/** Why a tool cannot be used; empty when it can. */
function lack(name: string): string {
  const seen = known.get(name);
  if (seen !== undefined) return seen;
  const tool = findTool(name);
  const reason =
    tool === undefined ? `${name} is not in targets/tools.json` : tool.found ? '' : `${name}: ${tool.reason}`;
  known.set(name, reason);
  return reason;
}

/** Tells once why something is skipped: into the list that scripts/test.mjs prints, or on the terminal. */
export function noteSkip(reason: string): void {
  if (reported.has(reason)) return;
  reported.add(reason);
  const list = process.env.THIMBLE_SKIP_LOG;
  if (list === undefined) console.warn(`skipped: ${reason}`);
  else appendFileSync(list, `${reason}\n`);
}

/**
 * Whether all the named tools (of `targets/tools.json`) are here: `describe.skipIf(!needTool('gcc').available)`.
 * With THIMBLE_REQUIRE_TOOLS=1 a missing tool throws, which fails the suite.
 */
export function needTool(...names: readonly string[]): Need {
  const reasons = names.map(lack).filter((text) => text !== '');
  const reason = reasons.join('; ');
  if (reasons.length === 0) return { available: true, reason };
  if (process.env.THIMBLE_REQUIRE_TOOLS === '1') throw new Error(`THIMBLE_REQUIRE_TOOLS=1, and ${reason}`);
  for (const one of reasons) noteSkip(one);
  return { available: false, reason };
}

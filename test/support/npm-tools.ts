import { fileURLToPath } from 'node:url';
import { findNode24, findNpmTool, type NpmTool, node24 } from '../../scripts/npm-tools.mjs';
import { type Need, noteSkip } from './tools.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A need with the folder, or the program, of a package of npm; empty where it is not here. */
export interface NpmNeed extends Need {
  readonly path: string;
}

/** Whether there is a Node.js 24, with its program; see {@link needNpmTool}. */
export function needNode24(): NpmNeed {
  return needed(node24, findNode24(root));
}

/** Whether a package is installed, with its folder; with THIMBLE_REQUIRE_TOOLS=1 it must be where there is one for this computer. */
export function needNpmTool(tool: NpmTool): NpmNeed {
  return needed(tool, findNpmTool(tool, root));
}

function needed(tool: NpmTool, found: { readonly path: string } | { readonly reason: string }): NpmNeed {
  if ('path' in found) return { available: true, reason: '', path: found.path };
  const reason = `${tool.folder}: ${found.reason}`;
  if (process.env.THIMBLE_REQUIRE_TOOLS === '1' && tool.unfit() === '')
    throw new Error(`THIMBLE_REQUIRE_TOOLS=1, and ${reason}`);
  noteSkip(reason);
  return { available: false, reason, path: '' };
}

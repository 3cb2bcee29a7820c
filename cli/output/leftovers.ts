import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * The folders beside `target` that a run of process `pid` uses: `staging` holds the new content until it is complete,
 * `retired` the old content from when it steps aside until it is deleted.
 */
export interface SiblingFolders {
  readonly staging: string;
  readonly retired: string;
}

const stagingMark = '.thimble-new-';
const retiredMark = '.thimble-old-';

/** The sibling folders of process `pid` for `target`. */
export function siblingFolders(target: string, pid: number): SiblingFolders {
  const stem = join(dirname(target), `.${basename(target)}`);
  return { staging: `${stem}${stagingMark}${pid}`, retired: `${stem}${retiredMark}${pid}` };
}

/**
 * Cleans up after runs that were killed. Where the target is missing, the content that had stepped aside comes back;
 * then all their siblings are deleted. Folders of processes that are still at work are left alone; a folder of a number
 * that another program has by now waits for a later call.
 */
export function recoverLeftovers(target: string): void {
  const parent = dirname(target);
  if (!existsSync(parent)) return;
  const names = readdirSync(parent);
  for (const [mark, isOld] of [
    [retiredMark, true],
    [stagingMark, false],
  ] as const) {
    const prefix = `.${basename(target)}${mark}`;
    for (const name of names) {
      const pid = name.startsWith(prefix) ? name.slice(prefix.length) : '';
      if (!/^\d+$/.test(pid) || isOtherProcessAlive(Number(pid))) continue;
      const path = join(parent, name);
      if (isOld && !existsSync(target)) renameSync(path, target);
      else rmSync(path, { recursive: true, force: true });
    }
  }
}

function isOtherProcessAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

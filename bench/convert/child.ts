import { readFileSync } from 'node:fs';
import { main } from '../../cli/command-line.ts';
import { processIo } from '../../cli/io.ts';

/** One command line of thimble in a process of its own; tells its parent how much memory the process has held at most. */

const exitCode = await main(process.argv.slice(2), processIo());
process.send?.({ exitCode, peakBytes: peakBytes() });
process.exitCode = exitCode;

/**
 * Peak resident memory. Linux's VmHWM belongs to this program alone, whereas ru_maxrss may begin with what the parent
 * held when it forked; elsewhere ru_maxrss, in KiB, has to do.
 */
function peakBytes(): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(statusText())?.[1];
  return 1024 * (kib === undefined ? process.resourceUsage().maxRSS : Number(kib));
}

function statusText(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}

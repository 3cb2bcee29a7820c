import { type FlashAdapter, type FlashJob, imageOf, outcomeOf, percentIn } from '../adapter.ts';

/** pyOCD: Arm Cortex-M through CMSIS-DAP, ST-LINK and J-Link probes. It erases sectors, writes and resets; it does not read back. */
export const pyocd: FlashAdapter = {
  name: 'pyocd',
  executables: ['pyocd'],
  format: 'elf',
  documentation: 'pyOCD, subcommands/load_cmd.py, subcommands/base.py and subcommands/rtt_cmd.py',
  install: 'pip install pyocd',
  needsPort: false,
  asksVersion: false,
  refuses: ({ names, isa }) => {
    if (!isa.startsWith('Armv')) return 'pyOCD is for Arm Cortex-M';
    return names.pyocd.length === 0 ? 'pyOCD has no name for this chip' : null;
  },
  commands: (job, { path }) => [
    { path, args: ['load', ...chip(job), '--erase', 'sector', '--format', 'elf', imageOf(job, 'elf')] },
  ],
  progress: percentIn,
  outcome: (end) =>
    outcomeOf(end, /no available debug probes[^\n]*|no target device available[^\n]*|no connected[^\n]*/i, false),
  monitor: (job, { path }) => ({ path, args: ['rtt', ...chip(job)] }),
};

/** `--no-wait`: without a probe it ends, instead of waiting for one. */
function chip({ board, probe }: FlashJob): string[] {
  return ['--no-wait', '--target', board.names.pyocd[0] ?? '', ...(probe === null ? [] : ['--uid', probe])];
}

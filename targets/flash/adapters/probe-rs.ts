import { type FlashAdapter, type FlashJob, imageOf, outcomeOf, percentIn } from '../adapter.ts';

/**
 * probe-rs: any Arm or RISC-V chip that it has a description of, through any probe. `download` writes and compares, `reset` starts the
 * program. `run` prints what comes over RTT and semihosting, and ends with the program.
 */
export const probeRs: FlashAdapter = {
  name: 'probe-rs',
  executables: ['probe-rs'],
  format: 'elf',
  documentation: 'probe-rs-tools 0.31, cmd/download.rs, cmd/reset.rs and util/common_options.rs',
  install: 'see https://probe.rs/docs/getting-started/installation',
  needsPort: false,
  asksVersion: false,
  refuses: ({ names }) => (names.probeRs.length === 0 ? 'probe-rs has no name for this chip' : null),
  commands: (job, { path }) => [
    { path, args: ['download', ...chip(job), '--disable-progressbars', '--verify', imageOf(job, 'elf')] },
    { path, args: ['reset', ...chip(job)] },
  ],
  progress: percentIn,
  outcome: (end) => outcomeOf(end, /no (?:connected )?probes? (?:was|were) found[^\n]*|probe not found[^\n]*/i, true),
  monitor: (job, { path }) => ({ path, args: ['attach', ...chip(job), imageOf(job, 'elf')] }),
};

function chip({ board, probe }: FlashJob): string[] {
  return [
    ...['--chip', board.names.probeRs[0] ?? '', '--non-interactive'],
    ...(probe === null ? [] : ['--probe', probe]),
  ];
}

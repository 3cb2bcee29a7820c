import { type FlashAdapter, imageOf, outcomeOf, percentIn } from '../adapter.ts';

/** picotool: the USB loader in the ROM of RP2040 and RP2350 (hold BOOTSEL). It compares (`-v`) and starts the program (`-x`). */
export const picotool: FlashAdapter = {
  name: 'picotool',
  executables: ['picotool'],
  format: 'uf2',
  documentation: 'picotool 2 README, load',
  install: 'see https://github.com/raspberrypi/picotool',
  needsPort: false,
  asksVersion: false,
  refuses: ({ name }) => (/^rp2\d{3}/.test(name) ? null : 'picotool is for RP2040 and RP2350'),
  commands: (job, { path }) => [
    {
      path,
      args: ['load', '-v', '-x', imageOf(job, 'uf2'), ...(job.probe === null ? [] : ['--ser', job.probe])],
    },
  ],
  progress: percentIn,
  outcome: (end) => outcomeOf(end, /no accessible RP[^\n]*/i, true),
  monitor: null,
};

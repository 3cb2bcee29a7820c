import { type FlashAdapter, hexAddress, imageOf, outcomeOf, percentIn } from '../adapter.ts';

/** st-flash of stlink-tools: STM32 through an ST-LINK. It reads back what it wrote. */
export const stFlash: FlashAdapter = {
  name: 'st-flash',
  executables: ['st-flash'],
  format: 'bin',
  documentation: 'st-flash 1.7.0 --help',
  install: 'apt-get install stlink-tools',
  needsPort: false,
  asksVersion: false,
  refuses: ({ name }) => (name.startsWith('stm32') ? null : 'st-flash is for STM32'),
  commands: (job, { path }) => [
    {
      path,
      args: [
        '--reset',
        ...(job.probe === null ? [] : ['--serial', job.probe]),
        ...['write', imageOf(job, 'bin'), hexAddress(job.address)],
      ],
    },
  ],
  progress: (line) => {
    const pages = /(\d+)\/(\d+) (?:halfpages|pages) written/.exec(line);
    return pages === null ? percentIn(line) : Number(pages[1]) / Math.max(1, Number(pages[2]));
  },
  outcome: (end) =>
    outcomeOf(end, /couldn't find (?:any )?st-?link[^\n]*/i, /flash written and verified/i.test(end.text)),
  monitor: null,
};

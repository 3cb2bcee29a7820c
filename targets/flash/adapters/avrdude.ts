import { type FlashAdapter, imageOf, outcomeOf, percentIn } from '../adapter.ts';

/** Programmers by the word before the colon of `--probe`; without it the loader of Arduino boards. */
const usualProgrammers: Readonly<Record<string, string>> = { m2560: 'wiring' };

/** avrdude: AVR, through the loader of Arduino boards (`-D`: it erases page by page) or a programmer. It reads back by itself. */
export const avrdude: FlashAdapter = {
  name: 'avrdude',
  executables: ['avrdude'],
  format: 'hex',
  documentation: 'AVRDUDE 8 manual, Option Descriptions',
  install: 'apt-get install avrdude',
  needsPort: true,
  asksVersion: false,
  refuses: ({ names }) => (names.avrdude.length === 0 ? 'avrdude is for AVR' : null),
  commands: (job, { path }) => {
    const part = job.board.names.avrdude[0] ?? '';
    const programmer = job.probe ?? usualProgrammers[part] ?? 'arduino';
    return [
      {
        path,
        args: [
          ...['-p', part, '-c', programmer, '-P', job.port ?? '', '-b', String(job.baud), '-D'],
          ...['-U', `flash:w:${imageOf(job, 'hex')}:i`],
        ],
      },
    ];
  },
  progress: percentIn,
  outcome: (end) =>
    outcomeOf(
      end,
      /[^\n]*(?:can't open device|cannot open port|unable to open port|no such file or directory|not in sync|not responding)[^\n]*/i,
      /bytes of flash verified/i.test(end.text),
    ),
  monitor: null,
};

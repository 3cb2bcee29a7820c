import { type FlashAdapter, imageOf, outcomeOf, percentIn } from '../adapter.ts';

/** First address of a program behind the loader that answers bossac, and of the flash. */
const loaders: Readonly<Record<string, { readonly flash: number }>> = {
  atsamd51j19: { flash: 0 },
  nano33ble: { flash: 0x10000 },
};

/**
 * bossac: SAM-BA loaders of Arduino's SAMD boards and of the Nano 33 BLE (double press on reset). The program lies behind the loader:
 * `--offset` counts from where bossac's flash begins. It compares (`-v`) and resets (`-R`).
 */
export const bossac: FlashAdapter = {
  name: 'bossac',
  executables: ['bossac'],
  format: 'bin',
  documentation: 'bossac 1.9.1 --help',
  install: 'apt-get install bossa-cli',
  needsPort: true,
  asksVersion: false,
  refuses: ({ name }) => (loaders[name] === undefined ? 'bossac is for boards with a SAM-BA loader' : null),
  commands: (job, { path }) => {
    const offset = Math.max(0, job.address - (loaders[job.board.name]?.flash ?? 0));
    const port = (job.port ?? '').replace(/^\/dev\//, '');
    return [
      {
        path,
        args: [
          ...['--info', '--erase', '--write', '--verify', '--reset', `--port=${port}`],
          ...[`--offset=0x${offset.toString(16)}`, imageOf(job, 'bin')],
        ],
      },
    ];
  },
  progress: percentIn,
  outcome: (end) => outcomeOf(end, /no device found[^\n]*/i, /verify successful/i.test(end.text)),
  monitor: null,
};

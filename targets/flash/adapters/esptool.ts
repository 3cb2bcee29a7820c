import {
  type FlashAdapter,
  type FlashJob,
  hexAddress,
  type InstalledTool,
  imageOf,
  outcomeOf,
  percentIn,
} from '../adapter.ts';

/** esptool: the loader in the ROM of Espressif parts, over a serial port. It compares a hash of the flash with that of the file. */
export const esptool: FlashAdapter = {
  name: 'esptool',
  executables: ['esptool', 'esptool.py'],
  format: 'bin',
  documentation: 'esptool documentation, Basic Options and Basic Commands (write-flash; write_flash before 5.0)',
  install: 'pip install esptool',
  needsPort: false,
  asksVersion: true,
  refuses: ({ names }) => (names.esptool.length === 0 ? 'esptool is for parts of Espressif' : null),
  commands: (job, tool) => [{ path: tool.path, args: argumentsOf(job, tool) }],
  progress: percentIn,
  outcome: (end) =>
    outcomeOf(
      end,
      /no serial ports found[^\n]*|could not open [^\n]*port[^\n]*|could not connect to an? Espressif device[^\n]*|failed to connect to[^\n]*/i,
      /hash of data verified/i.test(end.text),
    ),
  monitor: null,
};

/** Version 5 has hyphens in the place of underscores. */
function argumentsOf(job: FlashJob, { version }: InstalledTool): string[] {
  const isNew = version === '' || Number(version.split('.')[0]) >= 5;
  const word = (text: string) => (isNew ? text : text.replaceAll('-', '_'));
  return [
    ...['--chip', job.board.names.esptool[0] ?? ''],
    ...(job.port === null ? [] : ['--port', job.port]),
    ...['--baud', String(job.baud)],
    ...['--before', word('default-reset'), '--after', word('hard-reset')],
    ...[word('write-flash'), hexAddress(job.address), imageOf(job, 'bin')],
  ];
}

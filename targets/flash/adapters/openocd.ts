import { type FlashAdapter, type FlashBoard, type FlashJob, imageOf, outcomeOf, percentIn } from '../adapter.ts';

/** Configurations below `interface/` by the word before the colon of `--probe`. */
const interfaces = ['stlink', 'cmsis-dap', 'jlink', 'ftdi', 'dummy'] as const;

/** Boards of these names bring their probe. */
const boardConfigurations: ReadonlySet<string> = new Set([
  'sifive/hifive1-rev-b',
  'esp32-wrover-kit-3.3v',
  'esp32s3-builtin',
  'esp32c3-builtin',
  'nordic/nrf5340-dk',
]);

/**
 * OpenOCD: `program` erases, writes, compares (`verify`) and starts the program (`reset`). OpenOCD User's Guide, section "Flash
 * Programming". `--probe stlink:SERIAL`, `cmsis-dap:SERIAL`, `jlink` chooses the adapter; without it the probe that the board has.
 */
export const openocd: FlashAdapter = {
  name: 'openocd',
  executables: ['openocd'],
  format: 'elf',
  documentation: "OpenOCD 0.12 User's Guide, Flash Programming and Debug Adapter Configuration",
  install: 'apt-get install openocd',
  needsPort: false,
  asksVersion: false,
  refuses: ({ names }) => (names.openocd.length === 0 ? 'OpenOCD has no configuration for this chip' : null),
  commands: (job, { path }) => [
    { path, args: [...configuration(job), '-c', `program {${imageOf(job, 'elf')}} verify reset exit`] },
  ],
  progress: percentIn,
  outcome: (end) => {
    const outcome = outcomeOf(end, ABSENT, end.text.includes('** Verified OK **'));
    // Without the line of the comparison nothing is known of the flash, whatever the exit code.
    if (outcome.kind !== 'written' || outcome.verified) return outcome;
    return { kind: 'failed', what: 'OpenOCD ended without "** Verified OK **"' };
  },
  monitor: (job, { path }) => ({
    path,
    args: [...configuration(job), '-c', 'init', '-c', 'arm semihosting enable', '-c', 'reset run'],
  }),
};

/** What OpenOCD 0.12 says where an adapter is not connected; the sentence of `init` alone says nothing of the cause. */
const ABSENT = /open failed|unable to find a matching CMSIS-DAP device|no device found|No J-Link device found/i;

function configuration(job: FlashJob): string[] {
  const [kind, serial] = probeOf(job);
  return [
    ...(hasOwnProbe(job.board) && job.probe === null ? [] : ['-f', `interface/${kind}.cfg`]),
    ...(serial === null ? [] : ['-c', `adapter serial ${tclWord(serial)}`]),
    ...target(job.board),
  ];
}

function probeOf({ board, probe }: FlashJob): readonly [string, string | null] {
  const usual = board.flashTool === 'st-flash' || board.flashTool === 'STM32_Programmer_CLI' ? 'stlink' : 'cmsis-dap';
  if (probe === null) return [usual, null];
  const [first = '', ...rest] = probe.split(':');
  const known = interfaces.find((name) => name === first);
  return known === undefined ? [usual, probe] : [known, rest.length === 0 ? null : rest.join(':')];
}

function hasOwnProbe({ names }: FlashBoard): boolean {
  return names.openocd.every((name) => boardConfigurations.has(name));
}

/** One configuration by `-f`; where releases have it at different places, the first one that is there. */
function target({ names }: FlashBoard): string[] {
  const chips = names.openocd.filter((name) => !boardConfigurations.has(name));
  if (chips.length === 0)
    return [
      '-f',
      `board/${(names.openocd[0] ?? '').replace('hifive1-rev-b', 'hifive1-revb').replaceAll('/', '-')}.cfg`,
    ];
  const places = [...new Set(chips.flatMap((name) => [`target/${name}.cfg`, `target/${name.split('/').at(-1)}.cfg`]))];
  if (places.length === 1) return ['-f', places[0] ?? ''];
  const search = `foreach file {${places.join(' ')}} {if {![catch {find $file} found]} {source $found; break}}`;
  return ['-c', search];
}

/** A word that Tcl takes as it is. */
function tclWord(text: string): string {
  return `{${text.replace(/[{}\\]/g, '')}}`;
}

import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { flashToolNames } from '../../targets/flash/adapters.ts';
import type { Verdict } from '../../targets/flash/verdict.ts';
import type { Command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import type { FlashPlan } from '../flash/flash.ts';
import { type CommandIo, print } from '../io.ts';
import { writeJson } from '../output/json.ts';
import { formatBytes } from '../output/text.ts';
import { schemaVersion } from '../report-error.ts';

const options = {
  board: { type: 'string', nargs: 1, demandOption: true, describe: 'Board, as for thimble build; see thimble targets' },
  tool: {
    choices: flashToolNames,
    describe: 'How to flash; default: a mounted UF2 drive, the tool of the profile, others',
  },
  probe: {
    type: 'string',
    nargs: 1,
    describe:
      'Which probe: its serial number, VID:PID:SERIAL for probe-rs, stlink|cmsis-dap|jlink[:SERIAL] for openocd',
  },
  port: { type: 'string', nargs: 1, describe: 'Serial port of the board, or folder of its UF2 drive' },
  baud: { type: 'number', nargs: 1, default: 115200, describe: 'Baud rate of a loader behind a serial port' },
  'dry-run': { type: 'boolean', default: false, describe: 'Check everything, show the command, and flash nothing' },
  monitor: {
    type: 'boolean',
    default: false,
    describe: 'Show what the firmware prints until its self test has a verdict',
  },
  'monitor-over': {
    choices: ['serial', 'probe'],
    default: 'serial',
    describe: 'How the firmware prints: serial port, or semihosting and RTT through the probe',
  },
  'monitor-port': { type: 'string', nargs: 1, describe: 'Serial port to read; default: --port, or the only one' },
  'monitor-timeout': { type: 'number', nargs: 1, describe: 'Seconds to wait for the verdict; default: 20' },
} as const;

/** `thimble flash`: puts a built firmware on a board. */
export const flashCommand: Command = {
  name: 'flash',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'flash <folder>',
      'Flash the firmware of thimble build with the tool that is here, and read its verdict',
      (y) =>
        y
          .positional('folder', { type: 'string', demandOption: true, describe: 'Package, or folder of thimble build' })
          .options(options),
      (args) => invoke((io) => flashFirmware(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { folder: string; json: boolean }>;

async function flashFirmware(args: Arguments, io: CommandIo): Promise<ExitCode> {
  const { loadProfile } = await import('../target/load.ts');
  const { flashBoardOf, profileNameOf } = await import('../flash/board.ts');
  const { readBuild } = await import('../flash/build-manifest.ts');
  const { checkImages } = await import('../flash/checks.ts');
  const { flash, flashJob, planFlash } = await import('../flash/flash.ts');
  const { monitor } = await import('../flash/monitor.ts');
  const board = flashBoardOf(loadProfile(profileNameOf(args.board), io));
  const build = readBuild(args.folder, board.name, args.board.toLowerCase(), io);
  checkImages(build, board);
  const { manifest } = build;
  const plan = planFlash(flashJob(board, { images: build.images, address: manifest.address }, args), args.tool ?? null);
  const tool = plan.kind === 'uf2' ? 'uf2' : plan.method.adapter.name;
  if (!args.json) io.stderr.write(plan.shown.map((line) => `$ ${line}\n`).join(''));
  const outcome = args.dryRun ? null : await flash(plan, io);
  const timeoutMs = args.monitorTimeout === undefined ? undefined : 1000 * args.monitorTimeout;
  const serial = args.monitorPort ?? (plan.kind === 'uf2' ? undefined : args.port);
  const verdict =
    outcome === null || !args.monitor
      ? null
      : await monitor(args.monitorOver, manifest.console.baud, plan, serial, timeoutMs, io);
  if (args.json) {
    const report = { board: board.name, tool, commands: plan.shown, sizes: manifest.sizes, flashed: outcome !== null };
    const verified = outcome?.verified ?? null;
    await writeJson({ schemaVersion, command: 'flash', ...report, verified, verdict }, io.stdout);
  } else {
    await print(io, flashText(plan, tool, manifest.sizes, outcome?.verified ?? null, verdict));
  }
  return verdict?.passed === false ? exitCodes.fault : exitCodes.done;
}

function flashText(
  plan: FlashPlan,
  tool: string,
  sizes: { readonly flash: number; readonly sram: number },
  verified: boolean | null,
  verdict: Verdict | null,
): string {
  const { name } = plan.job.board;
  const what = `${formatBytes(sizes.flash)} flash, ${formatBytes(sizes.sram)} SRAM`;
  if (verified === null) return `Would flash ${name} by ${tool}: ${what}`;
  const read = verified ? 'read back and compared' : 'not read back';
  return [
    `Flashed ${name} by ${tool}: ${what}; ${read}`,
    ...(verdict === null ? [] : [`Self test ${verdict.passed ? 'passed' : 'FAILED'}: ${verdict.line}`]),
  ].join('\n');
}

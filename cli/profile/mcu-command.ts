import { countedAs } from '../../converter/backends/c/counts/coefficients.ts';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import { cpuOfTarget } from '../../converter/backends/c/narrow/cpu.ts';
import { dozenLayers } from '../../converter/estimate/measured/dozen.ts';
import { fitRates, type TimedStep } from '../../converter/estimate/measured/fit.ts';
import { latencyPlan } from '../../converter/plan/options.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import type { ProfileArguments } from '../commands/profile.ts';
import { type CountingName, cpuOf } from '../engine/engine.ts';
import { engineFor } from '../engine/registry.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { thimbleMarker, writeDirectoryAtomically } from '../output/atomic.ts';
import { writeJson } from '../output/json.ts';
import { schemaVersion } from '../report-error.ts';
import { loadProfile } from '../target/load.ts';
import { targetOf } from '../target/target.ts';
import { UsageError } from '../usage.ts';
import { firmwareFiles, probeHash, probePackage, timedSteps } from './firmware.ts';
import { readLine } from './read-line.ts';
import { readStandardInput } from './standard-input.ts';
import { checkedOut, profileName, today, writeProfile } from './write-profile.ts';

/** Largest log that is searched for the line. */
const maxLogBytes = 2 ** 24;

/** `thimble profile` of a microcontroller: the firmware, what it printed, or the same layers on an emulated board. */
export async function profileMcu(args: ProfileArguments, io: CommandIo): Promise<ExitCode> {
  if (args.firmware !== undefined) return writeFirmware(args.firmware, args, io);
  const path = checkedOut(args, io);
  const { on } = args;
  const base = baseOf(args, io);
  const measured = on === undefined || on === 'node' ? await fromLine(args, base, io) : await onBoard(on, base);
  return fitAndWrite(measured, path, base, args, io);
}

interface Base {
  readonly target: string;
  readonly cpu: CountedCpu;
}

/** The chip that the profile extends: a timing says nothing of memories. */
function baseOf(args: ProfileArguments, io: CommandIo): Base {
  if (args.extends === undefined) {
    throw new UsageError(
      '--extends is missing',
      'name the chip, whose memories the profile keeps: --extends stm32f446re',
    );
  }
  const where = `target ${JSON.stringify(args.extends)}`;
  const chip = loadProfile(args.extends, io);
  if (chip.kind !== 'mcu') {
    return fail(
      'profile-extends',
      where,
      'it is no microcontroller',
      'use --serve or --page for phones and boards with a browser',
    );
  }
  const cpu = countedAs(cpuOfTarget(targetOf(chip)));
  if (cpu !== null) return { target: args.extends, cpu };
  return fail(
    'profile-core',
    where,
    `instructions of its core ${chip.cores[0].name} are not predicted`,
    'see docs/instruction-counts.md',
  );
}

interface Measured {
  readonly steps: readonly TimedStep[];
  readonly counter: 'cycles' | 'instructions';
  /** Of the processor as the firmware says; 0 where it does not. */
  readonly hz: number;
  readonly ref: string;
  readonly notes: readonly string[];
}

async function fromLine({ fromLine: from = '-' }: ProfileArguments, { cpu }: Base, io: CommandIo): Promise<Measured> {
  const log =
    from === '-'
      ? await readStandardInput(maxLogBytes)
      : new TextDecoder().decode(readInputFile(resolvePath(io, from), maxLogBytes));
  const where = from === '-' ? 'standard input' : fileWhere(from);
  const line = readLine(log, where);
  const conversion = probePackage();
  const hash = probeHash(conversion);
  const count = conversion.program.steps.length;
  if (line.model !== hash || line.ticks.length !== count || line.spread.length !== count) {
    const what = `its layers are those of firmware ${line.model || 'of no name'}, and this thimble writes ${hash}`;
    fail('profile-line', where, what, 'write the firmware again with this version of thimble');
  }
  const worst = Math.max(...line.ticks.map((value, i) => (line.spread[i] ?? 0) / Math.max(1, value)));
  const ref = `thimble profile --firmware ${hash}, ${line.rounds} rounds, ${today()}`;
  const notes =
    worst > disturbedFrom ? [`rounds differ by up to ${(100 * worst).toFixed(0)} %: turn interrupts off`] : [];
  return { steps: timedSteps(conversion, cpu, line.ticks), counter: 'cycles', hz: line.hz, ref, notes };
}

/** Rounds of a program that nothing interrupts differ by less. */
const disturbedFrom = 0.05;

async function onBoard(on: CountingName, { cpu }: Base): Promise<Measured> {
  const engine = engineFor(on, latencyPlan);
  const missing = engine.missing();
  if (missing !== null) fail('target-missing', `--on ${on}`, missing, 'see thimble doctor');
  if (cpuOf(on) !== cpu) {
    const what = `it runs code of ${cpuOf(on)}, and the chip that is extended has ${cpu}`;
    fail('profile-core', `--on ${on}`, what, 'choose a board of the same core, or another --extends');
  }
  const graph = dozenLayers();
  const { device } = await engine.run(graph, [() => randomInputs(graph, 1)], () => {});
  const ticks: number[] = [];
  for (const { layer, instructions } of device?.layers ?? []) ticks[layer] = instructions;
  const ref = `thimble profile --on ${on}: instructions that the emulator counts, no cycles, ${today()}`;
  const notes = ['An emulator counts instructions: take it for a lower bound of cycles.'];
  return { steps: timedSteps(probePackage(), cpu, ticks), counter: 'instructions', hz: 0, ref, notes };
}

async function writeFirmware(folder: string, args: ProfileArguments, io: CommandIo): Promise<ExitCode> {
  const files = firmwareFiles(probePackage());
  await writeDirectoryAtomically(resolvePath(io, folder), files, { force: args.force, marker: thimbleMarker });
  if (args.json)
    await writeJson({ schemaVersion, command: 'profile', firmware: folder, files: [...files.keys()] }, io.stdout);
  else
    await print(
      io,
      `${folder}: ${files.size} files. PROFILE.md says how to compile them; then: thimble profile --from-line LOG --extends TARGET --out mine.json`,
    );
  return exitCodes.done;
}

/** Cycles for each predicted instruction that no processor with a running counter takes less or more than. */
const plausible = { from: 0.1, to: 100 };

async function fitAndWrite(
  { steps, counter, hz, ref, notes }: Measured,
  path: string,
  { target, cpu }: Base,
  args: ProfileArguments,
  io: CommandIo,
): Promise<ExitCode> {
  const rates = fitRates(steps);
  const odd = rates.find(({ cycles }) => !(cycles >= plausible.from && cycles <= plausible.to));
  if (odd !== undefined) {
    const what = `${odd.kind} takes ${odd.cycles} cycles for each instruction`;
    fail(
      'profile-line',
      'the measured layers',
      what,
      'see that the counter counts cycles, and that --extends names the chip',
    );
  }
  const quantity = (value: number, unit: string) => ({ value, unit, source: 'fitted', ref });
  const kinds = rates.map(({ kind, cycles, error }) => ({
    kind,
    cycles: quantity(cycles, 'cycles'),
    error: quantity(error, 'ratio'),
  }));
  const clock =
    hz === 0 ? {} : { hz: { value: hz / 1e6, unit: 'MHz', source: 'measured', ref: `${ref}: as its PROFILE_HZ says` } };
  const name = profileName(args);
  writeProfile({ name, extends: target, layerCycles: { counter, processor: cpu, ...clock, kinds }, notes }, path, io);
  if (args.json) {
    await writeJson(
      { schemaVersion, command: 'profile', profile: name, out: args.out, counter, processor: cpu, rates, notes },
      io.stdout,
    );
    return exitCodes.done;
  }
  const unit = counter === 'cycles' ? 'cycles' : 'counted instructions';
  const lines = rates.map(
    ({ kind, cycles, error }) => `  ${kind.padEnd(18)} ${cycles.toFixed(3)}  within ${(100 * error).toFixed(0)} %`,
  );
  await print(
    io,
    [
      `${args.out}: profile ${name} of ${target}; ${unit} for each predicted instruction of ${cpu}`,
      ...lines,
      ...notes,
    ].join('\n'),
  );
  return exitCodes.done;
}

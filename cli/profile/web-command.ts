import { shortJob, webJob, wholeJob } from '../../converter/estimate/web/job.ts';
import { fitResult } from '../../converter/estimate/web/result.ts';
import type { ProfileArguments } from '../commands/profile.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { writeJson } from '../output/json.ts';
import { writeFileAtomically } from '../output/single-file.ts';
import { schemaVersion } from '../report-error.ts';
import { loadProfile } from '../target/load.ts';
import { UsageError } from '../usage.ts';
import { timeInNode } from './node.ts';
import { packJob } from './pack-job.ts';
import { profilePage } from './page.ts';
import { engineName, profileFile, referenceOf } from './profile-file.ts';
import { type DeviceResult, readResult } from './read-result.ts';
import { servePage } from './serve.ts';
import { readStandardInput } from './standard-input.ts';
import { checkedOut, profileName, today, writeProfile } from './write-profile.ts';

/** Largest result that is read. */
const maxResultBytes = 2 ** 24;

/** `thimble profile` of a JavaScript engine: in a browser, or in Node.js. */
export async function profileWeb(args: ProfileArguments, io: CommandIo): Promise<ExitCode> {
  if (args.page !== undefined) return writePage(args.page, args, io);
  const path = checkedOut(args, io);
  const base = baseOf(args, io);
  const { text, where } = await resultText(args, io);
  return fitAndWrite(readResult(text, where), path, base, args, io);
}

/** The chip that a profile extends, with its core that was timed. */
function baseOf(args: ProfileArguments, io: CommandIo): { readonly target: string; readonly core: string } | null {
  if (args.extends === undefined) {
    if (args.core === undefined) return null;
    throw new UsageError('--core names a core of the target that is extended', 'add --extends');
  }
  const chip = loadProfile(args.extends, io);
  const names = chip.cores.map(({ name }) => name);
  if (chip.kind === 'mcu') {
    const what = 'it is a microcontroller, which runs no WebAssembly';
    return fail(
      'profile-extends',
      `target ${JSON.stringify(args.extends)}`,
      what,
      'name a phone or board, or use --firmware',
    );
  }
  const core = args.core ?? names[0] ?? '';
  if (!names.includes(core)) {
    const what = `there is no core ${JSON.stringify(core)}`;
    fail('profile-core', `target ${JSON.stringify(args.extends)}`, what, `name one of ${names.join(', ')}`);
  }
  return { target: args.extends, core };
}

interface ResultText {
  readonly text: string;
  readonly where: string;
}

async function resultText(args: ProfileArguments, io: CommandIo): Promise<ResultText> {
  const { from, seconds, quick, serve } = args;
  if (from === '-') return { text: await readStandardInput(maxResultBytes), where: 'standard input' };
  if (from !== undefined) {
    const bytes = readInputFile(resolvePath(io, from), maxResultBytes);
    return { text: new TextDecoder().decode(bytes), where: fileWhere(from) };
  }
  const { job, bytes } = webJob(quick ? shortJob : wholeJob);
  if (!serve) {
    io.stderr.write(
      `measuring in Node.js ${process.versions.node} for about ${seconds} s; leave the computer alone meanwhile\n`,
    );
    return { text: await timeInNode(process.execPath, job, bytes, seconds), where: 'the measurement in Node.js' };
  }
  const page = profilePage(packJob(job, bytes), { seconds, posts: true });
  const where = 'the result of the page';
  const served = await servePage(page, args, (text) => readResult(text, where));
  io.stderr.write(`open ${served.url} in the browser to measure, and start it there; Ctrl+C gives up\n`);
  try {
    return { text: await served.result, where };
  } finally {
    await served.close();
  }
}

async function writePage(out: string, args: ProfileArguments, io: CommandIo): Promise<ExitCode> {
  if (!/\.html?$/.test(out)) throw new UsageError(`--page ${out} does not end in .html`, 'name it profile.html');
  const { job, bytes } = webJob(args.quick ? shortJob : wholeJob);
  const page = profilePage(packJob(job, bytes), { seconds: args.seconds, posts: false });
  writeFileAtomically(resolvePath(io, out), page);
  const size = Buffer.byteLength(page);
  if (args.json) await writeJson({ schemaVersion, command: 'profile', page: out, bytes: size }, io.stdout);
  else
    await print(
      io,
      `${out}: ${Math.ceil(size / 1024)} KiB. Open it on the device, then: thimble profile --from RESULT.json --out mine.json`,
    );
  return exitCodes.done;
}

async function fitAndWrite(
  result: DeviceResult,
  path: string,
  base: { readonly target: string; readonly core: string } | null,
  args: ProfileArguments,
  io: CommandIo,
): Promise<ExitCode> {
  const day = today();
  const fitted = fitResult(result, referenceOf(result, day));
  const name = profileName(args);
  writeProfile(profileFile(result, fitted, { name, base, day }), path, io);
  const { quality } = fitted;
  if (args.json) {
    const { variants, rounds, seconds, clockGHz, threads } = result;
    const value = {
      schemaVersion,
      command: 'profile',
      profile: name,
      out: args.out,
      engine: engineName(result.device),
    };
    await writeJson({ ...value, variants, rounds, seconds, clockGHz, threads, quality }, io.stdout);
    return exitCodes.done;
  }
  const percent = (part: number) => `${(100 * part).toFixed(0)} %`;
  const lines = [
    `${args.out}: profile ${name} of ${engineName(result.device)}, variants ${result.variants.join(', ')}`,
    `${quality.layers} layers in ${quality.rounds} rounds of ${result.seconds} s; ${percent(quality.disturbed)} of the samples disturbed, the others within ${percent(quality.spread)}`,
    `layers left out of the fit of their kind are predicted within ${percent(quality.error)} (95 % of them, the middle kind)`,
    ...warningsOf(quality),
  ];
  await print(io, lines.join('\n'));
  return exitCodes.done;
}

/** From these parts on a measurement says little. */
const limits = { disturbed: 0.3, spread: 0.2, rounds: 5 };

function warningsOf({ disturbed, spread, rounds }: ReturnType<typeof fitResult>['quality']): readonly string[] {
  if (disturbed <= limits.disturbed && spread <= limits.spread && rounds >= limits.rounds) return [];
  return ['The device was busy, or there was little time: measure again for longer with nothing else running.'];
}

import { readFileSync } from 'node:fs';
import { InternalError } from '../../converter/problem.ts';
import type { FlashBoard, FlashJob, FlashOutcome, InstalledTool, ToolCommand } from '../../targets/flash/adapter.ts';
import { endText } from '../../targets/flash/adapter.ts';
import { chooseMethod, type FlashMethod } from '../../targets/flash/choose.ts';
import { commandText, runTool } from '../../targets/flash/run-tool.ts';
import { copyToDrive, driveAt, driveRefusal, findDrives, type Uf2Drive } from '../../targets/flash/uf2-drive.ts';
import { findExecutable, versionOfTool } from '../../targets/tools.ts';
import { fail } from '../input/file.ts';
import { type CommandIo, progressOn } from '../io.ts';
import { uf2FamilyOf } from './board.ts';

/** How a board will be flashed, settled before anything is written. */
export type FlashPlan = {
  readonly job: FlashJob;
  /** As one would type it. */
  readonly shown: readonly string[];
} & (
  | {
      readonly kind: 'tool';
      readonly method: Extract<FlashMethod, { kind: 'tool' }>;
      readonly commands: readonly ToolCommand[];
    }
  | { readonly kind: 'uf2'; readonly drive: Uf2Drive | null }
);

/** Chooses the tool, or the drive. Throws ProblemError where there is none, with the reason for each. */
export function planFlash(job: FlashJob, wanted: string | null): FlashPlan {
  const drives = drivesFor(job);
  const hasDrive = drives.some(({ refusal }) => refusal === null);
  const { method, refused } = chooseMethod(job, wanted, { find: findExecutable, hasDrive });
  if (method === null) {
    const where = wanted === null ? `board ${job.board.name}` : `--tool ${wanted}`;
    const known = refused.filter(({ why }) => wanted !== null || isNear(why));
    const what = `no tool can flash it here\n${known.map(({ name, why }) => `${name}: ${why}`).join('\n')}`;
    return fail(
      'flash-tool-missing',
      where,
      what,
      'install one of them, or copy the image by hand; thimble doctor shows what is here',
    );
  }
  if (method.kind === 'uf2') return uf2Plan(job, drives);
  const tool = installed(method);
  const commands = method.adapter.commands(job, tool);
  return { kind: 'tool', job, method, commands, shown: commands.map(commandText) };
}

/** The tool of a method, asked for its version where that matters. */
export function installed({ adapter, path }: Extract<FlashMethod, { kind: 'tool' }>): InstalledTool {
  return { path, version: adapter.asksVersion ? versionOfTool(path) : '' };
}

/** Whether a reason concerns this computer, and not what the tool is for. */
function isNear(why: string): boolean {
  return /PATH|--port|drive with/.test(why);
}

interface JudgedDrive {
  readonly drive: Uf2Drive;
  readonly refusal: string | null;
}

function drivesFor({ board, port }: FlashJob): readonly JudgedDrive[] {
  const family = uf2FamilyOf(board);
  if (family === null) return [];
  const named = port === null ? null : driveAt(port);
  const found = named === null ? (port === null ? findDrives() : []) : [named];
  return found.map((drive) => ({ drive, refusal: driveRefusal(drive, family) }));
}

function uf2Plan(job: FlashJob, drives: readonly JudgedDrive[]): FlashPlan {
  const right = drives.filter(({ refusal }) => refusal === null);
  const [first, ...others] = right;
  const where = `board ${job.board.name}`;
  if (first !== undefined && others.length > 0) {
    const folders = right.map(({ drive }) => drive.folder).join(', ');
    return fail('flash-drive', where, `several drives take its firmware: ${folders}`, 'name one: --port FOLDER');
  }
  if (first === undefined && drives[0] !== undefined) {
    const { drive, refusal } = drives[0];
    return fail(
      'flash-drive',
      `drive ${drive.folder}`,
      refusal ?? '',
      `put ${job.board.name} into its loader; nothing was flashed`,
    );
  }
  const image = job.images.uf2 ?? '';
  const shown = [`cp ${image} ${first === undefined ? '<drive>' : first.drive.folder}/`];
  return { kind: 'uf2', job, drive: first?.drive ?? null, shown };
}

/** Flashes as planned. Throws ProblemError where the board was not written, saying that nothing is known of it where a tool was stopped. */
export async function flash(plan: FlashPlan, io: CommandIo): Promise<Extract<FlashOutcome, { kind: 'written' }>> {
  const progress = progressOn(io, `flashing ${plan.job.board.name}`);
  const show = (part: number) => progress.update(Math.floor(100 * part), 100);
  const outcome = await withAbort((abort) =>
    plan.kind === 'uf2' ? flashDrive(plan.drive, plan.job, show) : flashByTool(plan, show, abort),
  ).finally(progress.clear);
  if (outcome.kind === 'written') return outcome;
  const { name } = plan.job.board;
  if (outcome.kind === 'no-device') {
    return fail(
      'no-device',
      `board ${name}`,
      `no board or probe was found: ${outcome.what}`,
      'plug it in, put it into its loader where it has one, and see that you may use it; nothing was flashed',
    );
  }
  return fail('flash-failed', `board ${name}`, outcome.what, 'what is in its flash now is not known: flash it again');
}

async function flashByTool(
  { method, commands }: Extract<FlashPlan, { kind: 'tool' }>,
  show: (part: number) => void,
  abort: AbortSignal,
): Promise<FlashOutcome> {
  const { adapter } = method;
  let outcome: FlashOutcome | null = null;
  for (const command of commands) {
    const end = await runTool(command, (line) => show(adapter.progress(line) ?? 0), abort);
    if (end.exitCode === null) return { kind: 'failed', what: `${adapter.name} ${endText(end)}` };
    const one = adapter.outcome(end);
    if (one.kind !== 'written') return one.kind === 'failed' ? { ...one, what: `${adapter.name} ${one.what}` } : one;
    outcome ??= one;
  }
  if (outcome === null) throw new InternalError(`${adapter.name} has nothing to do`);
  return outcome;
}

async function flashDrive(drive: Uf2Drive | null, job: FlashJob, show: (part: number) => void): Promise<FlashOutcome> {
  if (drive === null) return { kind: 'no-device', what: 'no drive with INFO_UF2.TXT is mounted' };
  return copyToDrive(drive, readFileSync(job.images.uf2 ?? ''), show);
}

/** Runs `work` so that Ctrl-C ends the tool, and the command tells of it. */
async function withAbort<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  process.on('SIGINT', abort).on('SIGTERM', abort);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}

/** The job of a build on a board. */
export function flashJob(
  board: FlashBoard,
  build: Pick<FlashJob, 'images' | 'address'>,
  {
    probe,
    port,
    baud,
  }: { readonly probe: string | undefined; readonly port: string | undefined; readonly baud: number },
): FlashJob {
  return { board, images: build.images, address: build.address, probe: probe ?? null, port: port ?? null, baud };
}

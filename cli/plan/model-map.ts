import pc from 'picocolors';
import { packageUse } from '../../converter/backends/c/footprint.ts';
import type { Planning } from '../../converter/plan/outcome.ts';
import type { MemoryPlan, Placement } from '../../converter/plan/plan.ts';
import { bankPictures, banksSvg, bankTitle } from '../../converter/plan/render/banks.ts';
import { fillOf, mapText, sharedBytes, sharedFill } from '../../converter/plan/render/map-text.ts';
import { rangesText, shortName } from '../../converter/plan/render/names.ts';
import { type Moment, momentsOf, type Peak, peakOf } from '../../converter/plan/render/peak.ts';
import { momentText, nameAt, type PlanPicture, pictureOf, spanAt } from '../../converter/plan/render/picture.ts';
import { type MapRow, mapRows, rowsOf } from '../../converter/plan/render/rows.ts';
import { invariant } from '../../converter/problem.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { type LoadedModel, type LoadOptions, loadModel } from '../model-file.ts';
import { type PlanArguments, planWishOf } from '../options/plan.ts';
import { writeJson } from '../output/json.ts';
import { writeFileAtomically } from '../output/single-file.ts';
import { type Cell, columns, renderPairs, renderTable } from '../output/table.ts';
import { formatBytes, formatCount, printable } from '../output/text.ts';
import { type PackageKind, planFor, planningFor } from '../package-kinds.ts';
import { reportNotes, schemaVersion } from '../report-error.ts';
import { planInBanks } from '../target/banks.ts';
import { checkJson, checkTarget, refuseToFit, refuseWith, type TargetCheck } from '../target/check.ts';
import { givenTarget } from '../target/given.ts';
import { shareText } from '../target/render-fit.ts';
import { UsageError } from '../usage.ts';
import { planningText } from './planning-text.ts';
import { settlePlan, sramProblem } from './settle.ts';

/** Whose memory is shown, and how much of it. */
export interface ModelMapArguments extends LoadOptions, PlanArguments {
  readonly model: string;
  readonly to: PackageKind;
  readonly target: string | undefined;
  readonly svg: string | undefined;
  /** `all`, `12` or `40-60`. */
  readonly steps: string | undefined;
  readonly json: boolean;
}

/** A plan with everything that is told of it. */
interface Report {
  readonly model: LoadedModel;
  readonly to: PackageKind;
  readonly planning: Planning;
  readonly check: TargetCheck | null;
  /** Of the arena. */
  readonly picture: PlanPicture;
  /** Of the memories beside it. */
  readonly further: readonly PlanPicture[];
  readonly moments: readonly Moment[];
  readonly peak: Peak;
  readonly svg: string | null;
}

/** Plans the memory of a model and shows where everything lies and when. */
export async function planModel(args: ModelMapArguments, io: CommandIo): Promise<ExitCode> {
  const target = await givenTarget(args, io);
  const wish = planWishOf(args, args.to);
  const model = loadModel(args.model, io, args);
  if (!args.json) reportNotes(model.notes, io);
  const settled = settlePlan(model.graph, wish);
  const { within } = settled;
  const options = planInBanks(settled.options, target);
  const misfit = { graph: model.graph, options, limits: { target, sramBytes: wish.sramBytes } };
  if (!settled.fits && within !== null) {
    return refuseWith(sramProblem(within, wish.sramBytes ?? 0), null, { ...misfit, use: within }, io, args.json);
  }
  const { program, plan } = planFor(args.to, model.graph, options);
  const use = target === null ? null : packageUse(program, plan);
  const check = target === null || use === null ? null : checkTarget(target, use);
  if (check !== null && use !== null && !check.fit.fits) return refuseToFit(check, { ...misfit, use }, io, args.json);
  const whole = pictureOf(program, plan);
  const [picture, ...further] = bankPictures(whole);
  const moments = momentsOf(picture.plan, picture.steps.length);
  const peak = peakOf(moments);
  invariant(peak !== null, 'a program has a time before its first step');
  const rows = chosenRows(args.steps, picture, moments, peak);
  const planning = planningFor(args.to, { program, plan }, options);
  const report: Report = {
    model,
    to: args.to,
    planning,
    check,
    picture,
    further,
    moments,
    peak,
    svg: args.svg ?? null,
  };
  if (args.svg !== undefined) {
    const title = `${model.fileName}, ${args.to}: arena of ${formatCount(plan.arenaBytes)} bytes`;
    writeFileAtomically(resolvePath(io, args.svg), banksSvg(whole, title));
  }
  if (args.json) await writeJson(planJson(report), io.stdout);
  else await print(io, planText(report, rows, io));
  return exitCodes.done;
}

function chosenRows(
  steps: string | undefined,
  picture: PlanPicture,
  moments: readonly Moment[],
  peak: Peak,
): readonly MapRow[] {
  if (steps === undefined) return mapRows(picture, moments, peak);
  const count = picture.steps.length;
  if (steps === 'all') return rowsOf(picture, moments, -1, count);
  const [, from = '', to = from] = /^(\d+)(?:-(\d+))?$/.exec(steps) ?? [];
  const [first, last] = [Number(from), Number(to || from)];
  if (from !== '' && first <= last && last < count) return rowsOf(picture, moments, first, last);
  throw new UsageError(
    `--steps ${steps} names no steps of this model`,
    `give all, or steps from 0 to ${count - 1}: 2-5`,
  );
}

function planJson({ model, to, planning, check, picture, further, moments, peak, svg }: Report) {
  const { arenaBytes, stateBytes, arenaAlignment, lowerBoundBytes } = picture.plan;
  return {
    schemaVersion,
    command: 'plan',
    model: { file: model.fileName, sha256: model.sha256 },
    to,
    planning,
    plan: { arenaBytes, lowerBoundBytes, stateBytes, arenaAlignment },
    peak: {
      step: peak.step,
      name: spanAt(picture, peak.step).name,
      topBytes: peak.topBytes,
      usedBytes: peak.usedBytes,
      steps: peak.steps,
      culprits: peak.culprits.map(({ buffer }) => {
        return { buffer: buffer.id, name: nameAt(picture, buffer.id, peak.step), bytes: buffer.bytes };
      }),
    },
    steps: moments.slice(1, -1).map(({ step, topBytes, usedBytes }) => {
      return { index: step, name: picture.steps[step] ?? '', topBytes, usedBytes };
    }),
    streams: picture.streams,
    placements: placementsJson(picture),
    ...(picture.plan.banks.length === 0
      ? {}
      : { banks: [picture, ...further].map((one, i) => ({ ...one.plan.banks[i], placements: placementsJson(one) })) }),
    fit: check === null ? null : checkJson(check),
    svg,
    notes: model.notes,
  };
}

function placementsJson({ plan, tensors: spans }: PlanPicture) {
  return byAddress(plan.placements).map(({ buffer, lifetime, offset }) => {
    const { id, name, kind, bytes, alignment } = buffer;
    const tensors = (spans.get(id) ?? []).map((span) => ({ name: span.name, step: span.step }));
    return { buffer: id, name, kind, bytes, alignment, offset, start: lifetime.start, end: lifetime.end, tensors };
  });
}

function planText(report: Report, rows: readonly MapRow[], io: CommandIo): string {
  const { picture, peak } = report;
  const { bold } = pc.createColors(io.color);
  const map = mapText(picture, rows, peak, Math.min(io.columns, widest)).map(({ text, isPeak }) =>
    isPeak ? bold(text) : text,
  );
  const isWhole = rows.every(({ works }) => works === 1) && rows[0]?.first === -1;
  const single = rows.filter(({ works }) => works === 1).map(({ moment }) => moment);
  const shown = isWhole ? picture.plan.placements : [...new Set(single.flatMap(({ live }) => live))];
  const hidden = picture.plan.placements.length - shown.length;
  return [
    headText(report),
    '',
    ...map,
    legend(picture.plan, rows),
    ...mergeNote(rows),
    '',
    bufferTable(shown, picture, io.color),
    ...(hidden === 0
      ? []
      : [`  and ${hidden} more buffers, not alive at the steps shown one by one; --steps all shows them`]),
    ...report.further.flatMap((one, i) => ['', bankText(one, i + 1, io)]),
  ].join('\n');
}

/** The map of a memory beside the arena, and its buffers. */
function bankText(picture: PlanPicture, bank: number, io: CommandIo): string {
  const moments = momentsOf(picture.plan, picture.steps.length);
  const peak = peakOf(moments);
  invariant(peak !== null, 'a program has a time before its first step');
  const rows = mapRows(picture, moments, peak);
  return [
    `${bankTitle(picture.plan, bank)}: ${formatBytes(picture.plan.arenaBytes)}`,
    '',
    ...mapText(picture, rows, peak, Math.min(io.columns, widest)).map(({ text }) => text),
    '',
    bufferTable(picture.plan.placements, picture, io.color),
  ].join('\n');
}

function headText(report: Report): string {
  const { model, to, planning, check, picture, peak, svg } = report;
  const { arenaBytes, stateBytes, lowerBoundBytes, placements } = picture.plan;
  const slack =
    arenaBytes === lowerBoundBytes
      ? 'which no plan of these steps can undercut'
      : `${((100 * (arenaBytes - lowerBoundBytes)) / Math.max(1, lowerBoundBytes)).toFixed(1)} % above the lower bound`;
  return renderPairs([
    ['model', `${model.fileName}, ${picture.steps.length} steps, ${placements.length} buffers`],
    ['planned for', planningText(planning)],
    [`arena (${to})`, `${formatBytes(arenaBytes)}, ${slack}`],
    ...picture.plan.banks.map(({ name, usedBytes }, bank) => {
      return [bank === 0 ? 'arena in' : 'also in', `${name}, ${formatBytes(usedBytes)}`] as const;
    }),
    ['lower bound', formatBytes(lowerBoundBytes)],
    ...(stateBytes === 0 ? [] : [['state', `${formatBytes(stateBytes)} of the arena, kept between runs`] as const]),
    ['peak', peakText(report)],
    ...peak.culprits.slice(0, shownCulprits).map((placement, i) => {
      return [i === 0 ? 'held there by' : '', culpritText(picture, peak, placement)] as const;
    }),
    ...(peak.culprits.length > shownCulprits
      ? [['', `and ${peak.culprits.length - shownCulprits} smaller ones`] as const]
      : []),
    ...nearlyFull(report),
    ...(check === null ? [] : [[check.target.name, check.fit.rows.map(shareText).join(', ')] as const]),
    ...(svg === null ? [] : [['drawn', svg] as const]),
  ]);
}

/** The other steps that use nearly as much: what saves memory at the peak alone saves no more than their distance. */
function nearlyFull({ picture, moments, peak }: Report): readonly (readonly [string, string])[] {
  const near = moments.filter(({ usedBytes }) => usedBytes >= 0.9 * picture.plan.arenaBytes);
  const steps = stepsAmong(picture, near);
  const { first, end } = spanAt(picture, peak.step);
  return steps.some((step) => step < first || end <= step) ? [['90 % in use', `at steps ${rangesText(steps)}`]] : [];
}

/** Buffers that are named at the peak. */
const shownCulprits = 8;

function peakText({ picture, moments, peak }: Report): string {
  const full = moments.filter(({ topBytes, usedBytes }) => topBytes === peak.topBytes && usedBytes === peak.usedBytes);
  const { first, end } = spanAt(picture, peak.step);
  const others = stepsAmong(picture, full).filter((step) => step < first || end <= step);
  const also = others.length === 0 ? '' : `; as full at step${others.length === 1 ? '' : 's'} ${rangesText(others)}`;
  const free = peak.topBytes - peak.usedBytes;
  const gaps = free === 0 ? '' : `, ${formatBytes(free)} of it unused`;
  return `${formatBytes(peak.topBytes)} at ${momentText(picture, peak.step, 70)}${gaps}${also}`;
}

/** The steps of the model among moments: neither the start nor the end. */
function stepsAmong({ steps }: PlanPicture, moments: readonly Moment[]): readonly number[] {
  return moments.map(({ step }) => step).filter((step) => step >= 0 && step < steps.length);
}

function culpritText(picture: PlanPicture, peak: Peak, { buffer, offset }: Placement): string {
  const { id, kind, bytes } = buffer;
  const what = kind === 'activation' ? '' : `, ${kind}`;
  const place = `b${id} at ${offset}`;
  return `${formatBytes(bytes)} "${shortName(nameAt(picture, id, peak.step), 60)}" (${place}${what})`;
}

/** What the bars mean, as far as they occur. */
function legend({ placements }: MemoryPlan, rows: readonly MapRow[]): string {
  const kinds = ['activation', 'scratch', 'state'] as const;
  const used = kinds.filter((kind) => placements.some(({ buffer }) => buffer.kind === kind));
  const isShared = rows.some(({ moment }) => sharedBytes(moment.live).length > 0);
  return [
    '  > the peak',
    ...used.map((kind) => `${fillOf[kind]} ${kind}`),
    ...(isShared ? [`${sharedFill} shared by several buffers`] : []),
  ].join('   ');
}

function mergeNote(rows: readonly MapRow[]): readonly string[] {
  const merged = rows.find(({ works, first }) => works > 1 && first >= 0);
  if (merged === undefined) return [];
  const name = `${merged.first}-${merged.last}`;
  return [`  rows such as ${name} show the highest of these steps; --steps ${name} shows each, --steps all shows all`];
}

/** Columns of a map on a wide terminal. */
const widest = 160;

/** Longest name of a buffer in the table. */
const nameWidth = 60;

function bufferTable(placements: readonly Placement[], picture: PlanPicture, color: boolean): string {
  const titles = ['offset', 'end', 'bytes', 'steps', 'kind', '', 'name'];
  const rows = byAddress(placements).map(({ buffer, lifetime, offset }): Cell[] => [
    offset,
    offset + buffer.bytes,
    buffer.bytes,
    lifeText(picture, lifetime.start, lifetime.end - 1),
    buffer.kind,
    `b${buffer.id}`,
    tensorsText(picture, buffer),
  ]);
  return renderTable(columns(titles, rows), rows, { color, indent: 2 });
}

function lifeText({ steps }: PlanPicture, first: number, last: number): string {
  const from = first < 0 ? 'start' : `${first}`;
  const to = last >= steps.length ? 'end' : `${last}`;
  return from === to ? from : `${from} to ${to}`;
}

/** The first tensor in a buffer, and the last that takes its place. */
function tensorsText({ tensors }: PlanPicture, { id, name }: Placement['buffer']): string {
  const spans = tensors.get(id) ?? [];
  const [first, last] = [spans[0]?.name ?? name, spans.at(-1)?.name ?? name];
  const then = first === last ? '' : `, then ${spans.length > 2 ? '.. ' : ''}${shortName(last, nameWidth / 2)}`;
  return printable(shortName(first, nameWidth) + then);
}

function byAddress(placements: readonly Placement[]): readonly Placement[] {
  return [...placements].sort((a, b) => a.offset - b.offset || a.lifetime.start - b.lifetime.start);
}

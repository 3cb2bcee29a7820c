import type { CMemoryUse } from '../../converter/backends/c/memory-use.ts';
import type { PlannedProgram } from '../../converter/plan/plan-program.ts';
import { type BufferId, bufferId, type Program } from '../../converter/plan/program.ts';
import { momentsOf, peakOf } from '../../converter/plan/render/peak.ts';
import { pictureOf } from '../../converter/plan/render/picture.ts';
import { invariant } from '../../converter/problem.ts';
import type { PackageKind } from '../package-kinds.ts';
import { shownName } from './names.ts';
import type { ReportBuffer, ReportMemory } from './schema.ts';

/** A buffer with the place that it has in the order of a plan. */
export type PlacedBuffer = ReportBuffer;

/** The memory of a planned program. `use` is what a C package takes beside its arena; null for WASM. */
export function memorySection(
  kind: PackageKind,
  { program, plan }: PlannedProgram,
  use: CMemoryUse | null,
  remedies: readonly string[],
): ReportMemory {
  const picture = pictureOf(program, plan);
  const streamed = streamBuffers(program);
  const buffers = plan.placements
    .filter(({ bank }) => bank === 0)
    .map(({ buffer, lifetime, offset }): ReportBuffer => {
      const spans = picture.tensors.get(buffer.id) ?? [];
      const [first, last] = [spans[0]?.name ?? buffer.name, spans.at(-1)?.name ?? buffer.name];
      const isStream = buffer.kind === 'activation' && streamed.has(buffer.id);
      return {
        name: shownName(isStream || first === last ? first : `${first}, then ${last}`),
        kind: isStream ? 'stream' : buffer.kind,
        offset,
        bytes: buffer.bytes,
        first: lifetime.start,
        last: lifetime.end - 1,
      };
    });
  const { arenaBytes, lowerBoundBytes, stateBytes } = plan;
  return {
    ...{ for: kind, arenaBytes, lowerBoundBytes, stateBytes },
    stackBytes: use?.stackBoundBytes ?? null,
    sramBytes: use?.sramBytes ?? null,
    ...overTime(buffers, program.steps.length),
    ...peakSection(buffers, program.steps.length, remedies),
  };
}

/** Buffers by address, and the bytes alive at each step. */
export function overTime(buffers: readonly PlacedBuffer[], steps: number): Pick<ReportMemory, 'buffers' | 'steps'> {
  const moments = momentsAmong(buffers, steps);
  return {
    buffers: [...byAddress(buffers)],
    steps: moments.slice(1, -1).map(({ usedBytes }, layer) => ({ layer, liveBytes: usedBytes })),
  };
}

/** When memory is fullest, what holds it then, as indices into the buffers by address, and what would help. */
export function peakSection(
  buffers: readonly PlacedBuffer[],
  steps: number,
  remedies: readonly string[],
): Pick<ReportMemory, 'peak'> {
  const peak = peakOf(momentsAmong(buffers, steps));
  invariant(peak !== null, 'a program has a time before its first step');
  const culprits = peak.culprits.map(({ buffer }) => Number(buffer.id));
  return { peak: { step: peak.step, culprits, remedies: [...remedies] } };
}

/** The moments of a plan; the ids of buffers are their places by address. */
function momentsAmong(buffers: readonly PlacedBuffer[], steps: number) {
  const placements = byAddress(buffers).map(({ name, offset, bytes, first, last }, index) => {
    const buffer = { id: bufferId(index), name, kind: 'activation', bytes, alignment: 1 } as const;
    return { buffer, lifetime: { start: first, end: last + 1 }, offset, bank: 0 };
  });
  const rest = { arenaBytes: 0, stateBytes: 0, arenaAlignment: 1, lowerBoundBytes: 0, banks: [] };
  return momentsOf({ ...rest, placements }, steps);
}

function byAddress(buffers: readonly PlacedBuffer[]): readonly PlacedBuffer[] {
  return [...buffers].sort((a, b) => a.offset - b.offset || a.first - b.first);
}

/** What streams keep beside what comes in and goes out as a whole. */
function streamBuffers({ streams, inputs, outputs }: Program): ReadonlySet<BufferId> {
  const ports = new Set([...inputs, ...outputs].map(({ operand }) => operand.buffer));
  const own = streams.flatMap(({ stores, actions, progress, scratch }) => [
    ...stores.filter(({ slide }) => slide > 0).map(({ buffer }) => buffer),
    ...actions.flatMap((action) => (action.kind === 'total' ? [action.sums] : [])),
    progress,
    ...(scratch === null ? [] : [scratch]),
  ]);
  return new Set(own.filter((id) => !ports.has(id)));
}

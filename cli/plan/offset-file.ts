import { type OffsetTable, readOffsetCsv, writeOffsetCsv } from '../../converter/plan/memory/csv.ts';
import { type ExactSolution, solveOffsets } from '../../converter/plan/memory/exact.ts';
import { placementFaults } from '../../converter/plan/memory/validate.ts';
import { InternalError, type Problem, ProblemError } from '../../converter/problem.ts';
import { doesNotFitCode, type ExitCode, exitCodes } from '../exit-code.ts';
import { maxCsvBytes } from '../input/csv.ts';
import { readInputFile } from '../input/file.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { writeJson } from '../output/json.ts';
import { writeFileAtomically } from '../output/single-file.ts';
import { renderPairs } from '../output/table.ts';
import { formatBytes, formatCount } from '../output/text.ts';
import { reportError, schemaVersion } from '../report-error.ts';

/** The bare offset problem of a file, and what is asked of it. */
export interface OffsetFileArguments {
  readonly csv: string;
  /** Bytes that are enough; as low as possible where it is undefined. */
  readonly capacity: number | undefined;
  /** Most nodes that the search may visit. */
  readonly nodes: number;
  /** The file to write the offsets to. */
  readonly out: string | undefined;
  readonly json: boolean;
}

/** How a search ended: `fits` and `open` leave it unknown whether less is possible, `too-small` is a proof that the capacity is. */
type Verdict = 'least' | 'fits' | 'open' | 'too-small';

/** Places the buffers of a CSV file. Ends with exit code 3 where they do not fit, or no placement that fits was found. */
export async function planOffsetFile(args: OffsetFileArguments, io: CommandIo): Promise<ExitCode> {
  const text = new TextDecoder().decode(readInputFile(resolvePath(io, args.csv), maxCsvBytes));
  const table = readOffsetCsv(text, args.csv);
  checkSizes(table, args.csv);
  const { buffers } = table;
  const solution = solveOffsets(buffers, { capacity: args.capacity ?? null, nodeBudget: args.nodes });
  const faults = placementFaults(buffers, solution.offsets, solution.height);
  if (faults.length > 0) throw new InternalError(`placement of ${args.csv}: ${faults.join('; ')}`);
  const verdict = verdictOf(solution, args.capacity);
  const fits = solution.height <= (args.capacity ?? Number.POSITIVE_INFINITY);
  const written = fits ? (args.out ?? null) : null;
  if (written !== null) {
    writeFileAtomically(resolvePath(io, written), writeOffsetCsv({ ...table, offsets: solution.offsets }));
  }
  if (args.json) await writeJson(offsetJson(args, table, solution, verdict, written), io.stdout);
  else await print(io, offsetText(args, table, solution, verdict, written));
  if (fits) return exitCodes.done;
  if (!args.json) await reportError(new ProblemError(misfit(args, solution, verdict)), io, false);
  return exitCodes.doesNotFit;
}

/** Most buffers of one file: the search compares all pairs. */
const maxBuffers = 5000;

/** Largest size and alignment: the search counts in 32 bits. */
const maxBytes = 2 ** 30;

function checkSizes({ buffers, names }: OffsetTable, file: string): void {
  if (buffers.length > maxBuffers) {
    const what = `it has ${formatCount(buffers.length)} buffers`;
    const advice = `up to ${formatCount(maxBuffers)} are placed; split it at a time when few are alive`;
    throw new ProblemError({ code: 'csv-too-many', where: file, what, advice });
  }
  const problems = buffers.flatMap(({ size, alignment }, i): Problem[] => {
    if (size <= maxBytes && alignment <= maxBytes) return [];
    const what = `size ${formatCount(size)}, alignment ${formatCount(alignment)}`;
    const advice = `keep both within ${formatCount(maxBytes)}; larger units than bytes serve as well`;
    return [{ code: 'csv-size', where: `${file}: buffer "${names[i] ?? i}"`, what, advice }];
  });
  if (problems.length > 0) throw new ProblemError(problems);
}

function verdictOf({ height, lowerBound, optimal }: ExactSolution, capacity: number | undefined): Verdict {
  if (capacity !== undefined && height > capacity) return lowerBound > capacity ? 'too-small' : 'open';
  if (optimal) return 'least';
  return capacity === undefined ? 'open' : 'fits';
}

function offsetJson(
  args: OffsetFileArguments,
  { buffers, names }: OffsetTable,
  { height, lowerBound, optimal, nodes, offsets }: ExactSolution,
  verdict: Verdict,
  written: string | null,
) {
  const capacity = args.capacity ?? null;
  return {
    schemaVersion,
    command: 'plan',
    csv: args.csv,
    capacity,
    height,
    lowerBound,
    optimal,
    fits: capacity === null ? null : height <= capacity,
    verdict,
    nodes,
    nodeBudget: args.nodes,
    written,
    buffers: buffers.map(({ id, size, alignment, start, end }, i) => {
      return { name: names[i] ?? String(id), start, end, size, alignment, offset: offsets.get(id) ?? 0 };
    }),
  };
}

function offsetText(
  args: OffsetFileArguments,
  { buffers }: OffsetTable,
  { height, lowerBound, nodes }: ExactSolution,
  verdict: Verdict,
  written: string | null,
): string {
  const above = height > lowerBound ? `, ${percentAbove(height, lowerBound)} above the lower bound` : '';
  return renderPairs([
    ['buffers', buffers.length],
    ...(args.capacity === undefined ? [] : [['capacity', formatBytes(args.capacity)] as const]),
    ['height', `${formatBytes(height)}${above}`],
    ['lower bound', formatBytes(lowerBound)],
    ['result', results[verdict]],
    ['nodes', `${formatCount(nodes)} of at most ${formatCount(args.nodes)}`],
    ...(written === null ? [] : [['written', written] as const]),
  ]);
}

const results: { readonly [V in Verdict]: string } = {
  least: 'the least height possible, which is proved',
  fits: 'within the capacity; a smaller height was not looked for',
  open: 'the lowest placement found; whether a lower one exists is open',
  'too-small': 'no placement is within the capacity, which is proved',
};

/** `6.3 %`. */
function percentAbove(bytes: number, bound: number): string {
  return bound === 0 ? 'far' : `${((100 * (bytes - bound)) / bound).toFixed(1)} %`;
}

function misfit(args: OffsetFileArguments, solution: ExactSolution, verdict: Verdict): Problem {
  const { height, lowerBound, nodes } = solution;
  const base = { code: doesNotFitCode, where: args.csv };
  const capacity = formatCount(args.capacity ?? 0);
  if (verdict === 'too-small') {
    const what = `the buffers do not fit into ${capacity} bytes, which is proved`;
    return { ...base, what, advice: `give at least ${formatCount(lowerBound)}; ${formatCount(height)} is enough` };
  }
  const what = `no placement within ${capacity} bytes was found with ${formatCount(nodes)} nodes, and none is ruled out`;
  const more = nodes < args.nodes ? 'problems as high as this are not searched' : `raise --nodes`;
  return { ...base, what, advice: `${more}; ${formatCount(height)} bytes are enough` };
}

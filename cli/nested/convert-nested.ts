import type { Artifact } from '../../converter/backends/artifact.ts';
import { findChannelGroups } from '../../converter/compress/prune/groups/find.ts';
import { orderByWeights } from '../../converter/compress/prune/nested/order.ts';
import type { NestedModel } from '../../converter/compress/prune/nested/widths.ts';
import { nestWidths } from '../../converter/compress/prune/nested/widths.ts';
import type { PackageOptions } from '../../converter/package-options.ts';
import { convertNestedToC, convertNestedToWasm } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import type { LoadedModel } from '../model-file.ts';
import { thimbleMarker, writeDirectoryAtomically } from '../output/atomic.ts';
import { writeJson } from '../output/json.ts';
import { formatBytes } from '../output/text.ts';
import type { PackageKind } from '../package-kinds.ts';
import { schemaVersion } from '../report-error.ts';
import { UsageError } from '../usage.ts';

/** Units of each group are rounded up to whole blocks of the looped kernels. */
const round = 4;

export const nestedOption = {
  nested: {
    type: 'string',
    nargs: 1,
    describe: 'Also networks of these shares of the channels, on the same weights: "0.25,0.5,0.75"',
  },
} as const;

/** The shares of `--nested`, ascending. Throws UsageError for what are no shares. */
export function nestedFractions(text: string): readonly number[] {
  const fractions = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const wrong = fractions.some((fraction) => !(fraction > 0 && fraction <= 1));
  if (wrong || new Set(fractions).size !== fractions.length)
    throw new UsageError(
      `--nested ${text} is no list of shares`,
      'give different numbers above 0, up to 1: 0.25,0.5,0.75',
    );
  return fractions.toSorted((a, b) => a - b);
}

/** What {@link convertNested} is told beside the model. */
export interface NestedRequest {
  readonly to: PackageKind;
  readonly fractions: readonly number[];
  readonly options: PackageOptions;
  readonly folder: string;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Writes the package of several widths; units are ordered by the sizes of their weights. */
export async function convertNested(model: LoadedModel, request: NestedRequest, io: CommandIo): Promise<void> {
  const { fractions, options, folder } = request;
  const groups = findChannelGroups(model.graph);
  if (groups.groups.length === 0) throw new ProblemError([nothingToNest]);
  const nested = nestWidths(model.graph, groups, orderByWeights(model.graph, groups), fractions, round);
  const { files, lines, memory } = request.to === 'c' ? cPackage(nested, options) : wasmBundle(nested, options);
  if (!request.dryRun) {
    const contents = new Map(files.map(({ path, bytes }) => [path, bytes]));
    await writeDirectoryAtomically(resolvePath(io, folder), contents, { force: request.force, marker: thimbleMarker });
  }
  const written = !request.dryRun;
  if (request.json) {
    const list = files.map(({ path, bytes }) => ({ path, bytes: bytes.length }));
    const file = { file: model.fileName, sha256: model.sha256 };
    await writeJson(
      { schemaVersion, command: 'convert', model: file, to: request.to, folder, written, files: list, memory },
      io.stdout,
    );
    return;
  }
  const noun = { c: 'a C package', wasm: 'a WASM bundle' }[request.to];
  const first = `${written ? 'Wrote' : 'Would write'} ${folder}, ${noun} of ${fractions.length} widths and the whole of ${model.fileName}`;
  await print(io, [first, ...lines].join('\n'));
}

/** A package with what is told of it. */
interface NestedPackage {
  readonly files: readonly Artifact[];
  readonly memory: object;
  readonly lines: readonly string[];
}

function cPackage(nested: NestedModel, options: PackageOptions): NestedPackage {
  const { files, memory } = convertNestedToC(nested, options);
  const lines = [
    `  arena         ${formatBytes(memory.arenaBytes)}, of all widths`,
    `  tables        ${formatBytes(memory.constantBytes)}; thimble.json tells what each width adds`,
  ];
  return { files, memory, lines };
}

function wasmBundle(nested: NestedModel, options: PackageOptions): NestedPackage {
  const { artifacts, modules, widths } = convertNestedToWasm(nested, options);
  const { layout, constants } = modules;
  const differenceBytes = widths.differences.length;
  const lines = [
    `  arena         ${formatBytes(layout.arenaBytes)}, of all widths`,
    `  weights       ${formatBytes(constants.length)}`,
    ...modules.modules.map(({ variant, bytes }) => `  code, ${variant.padEnd(7)} ${formatBytes(bytes.length)}`),
    `  widths add    ${formatBytes(differenceBytes)}, of weights and code of all variants`,
  ];
  return { files: artifacts, memory: { arenaBytes: layout.arenaBytes, differenceBytes }, lines };
}

const nothingToNest = {
  code: 'nested-groups',
  where: '--nested',
  what: 'no channels of this model can leave',
  advice: 'see docs/pruning.md for what can; or leave --nested out',
};

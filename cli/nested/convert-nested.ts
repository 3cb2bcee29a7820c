import type { Artifact } from '../../converter/backends/artifact.ts';
import type { NestedModel } from '../../converter/compress/prune/nested/widths.ts';
import type { PackageOptions } from '../../converter/package-options.ts';
import { convertNestedToC, convertNestedToWasm } from '../../converter/pipeline.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import type { LoadedModel } from '../model-file.ts';
import { thimbleMarker, writeDirectoryAtomically } from '../output/atomic.ts';
import { writeJson } from '../output/json.ts';
import { formatBytes } from '../output/text.ts';
import type { PackageKind } from '../package-kinds.ts';
import { schemaVersion } from '../report-error.ts';

/** What {@link convertNested} is told beside the model. */
export interface NestedRequest {
  readonly to: PackageKind;
  readonly nested: NestedModel;
  readonly options: PackageOptions;
  readonly folder: string;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Writes the package of several widths. */
export async function convertNested(model: LoadedModel, request: NestedRequest, io: CommandIo): Promise<void> {
  const { nested, options, folder } = request;
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
  const first = `${written ? 'Wrote' : 'Would write'} ${folder}, ${noun} of ${nested.widths.length} widths and the whole of ${model.fileName}`;
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

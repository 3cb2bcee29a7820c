import { createHash } from 'node:crypto';
import { type Artifact, piecewiseArtifact } from '../../artifact.ts';
import { text } from '../emit.ts';
import { publicHeader } from '../files/header.ts';
import { layersHeader, layersSource, weightsSource } from '../files/layers.ts';
import { programSource } from '../files/program.ts';
import { cmakeLists, LICENSE } from '../files/project.ts';
import type { CMemoryUse } from '../memory-use.ts';
import { narrowFiles } from '../narrow/files.ts';
import type { COptions } from '../options.ts';
import { supportText, withIncludes } from '../support.ts';
import { packHeader, packSource } from './files.ts';
import { type CPackModel, packMemory } from './model.ts';
import { packReadme } from './readme.ts';
import { packSelftest } from './selftest.ts';

/** The files of a pack, and the memory that it takes. */
export interface CPackFiles {
  readonly files: readonly Artifact[];
  readonly memory: CMemoryUse;
}

/**
 * The C99 package of several models: `include/<pack>.h` with the size of the one arena, the usual header and source of each model under
 * its own prefix, and one set of layer functions, tables and support headers under that of the pack.
 *
 * @param options of the pack: its prefix, command line and processor
 * @param entries more entries for `thimble.json`
 */
export function emitPack(pack: CPackModel, options: COptions, entries: Readonly<Record<string, unknown>>): CPackFiles {
  const p = options.prefix;
  const { shared, members } = pack;
  const memory = packMemory(pack, options.cpu);
  const sources = [
    ...[p, ...members.map(({ model }) => model.prefix)].map((name) => `src/${name}.c`),
    ...[`src/${p}_layers.c`, `src/${p}_weights.c`],
  ];
  const whole = [
    text(`include/${p}.h`, packHeader(pack, options, memory)),
    ...members.map(({ model, options: own }) => text(`include/${model.prefix}.h`, publicHeader(model, own))),
    text(`src/${p}.c`, packSource(pack, options)),
    ...members.map(({ model, options: own }) => text(`src/${model.prefix}.c`, programSource(model, own))),
    text(`src/${p}_layers.c`, layersSource(shared, options)),
    text(`src/${p}_layers.h`, layersHeader(shared, options)),
    piecewiseArtifact(`src/${p}_weights.c`, weightsSource(shared, options)),
    ...withIncludes(shared.headers).map((header) => text(`src/${p}_${header}`, supportText(header, p))),
    text(`test/${p}_selftest.c`, packSelftest(pack, options)),
    text('CMakeLists.txt', cmakeLists(shared, [], sources)),
    text('README.md', packReadme(pack, options, memory)),
    text('LICENSE', LICENSE),
  ];
  const files = options.cpu === null ? whole : narrowFiles(whole, p, options.cpu);
  return { files: [...files, text('thimble.json', manifest(pack, options, files, memory, entries))], memory };
}

/** `thimble.json`: the fields that a package of one model has too, where they have a meaning, and `pack`. */
function manifest(
  { sharing, keepInputs, joint, members, added }: CPackModel,
  options: COptions,
  files: readonly Artifact[],
  memory: CMemoryUse,
  entries: Readonly<Record<string, unknown>>,
): string {
  const value = {
    tool: { name: 'thimble', version: options.toolVersion, commandLine: options.commandLine },
    prefix: options.prefix,
    ...(options.cpu === null ? {} : { cpu: options.cpu }),
    inputs: [],
    outputs: [],
    memory,
    plan: {
      arenaBytes: joint.arenaBytes,
      arenaAlignment: joint.arenaAlignment,
      lowerBoundBytes: joint.lowerBoundBytes,
    },
    pack: {
      ...{ sharing, keepInputs },
      models: members.map(({ model, options: own }, i) => ({
        ...{ prefix: model.prefix, name: model.program.name, sha256: own.modelSha256, macs: model.macs },
        ...{ keptBytes: joint.keptBytes[i] ?? 0, stackBoundBytes: model.sram.stackBytes },
        ...{ addedFunctions: added[i]?.functions ?? 0, addedTableBytes: added[i]?.tableBytes ?? 0 },
      })),
    },
    ...entries,
    files: files.map(({ path, bytes }) => {
      return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    }),
  };
  return JSON.stringify(value, null, 2);
}

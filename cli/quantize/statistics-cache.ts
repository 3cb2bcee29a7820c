import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Codec, type Memo, noMemo } from '../../converter/compress/quantize/statistics/memo.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { printGraph } from '../../converter/ir/print.ts';
import type { Note } from '../../converter/problem.ts';
import { fileErrorReason, fileWhere } from '../input/file.ts';
import { makeFolders } from '../output/folders.ts';
import { thimbleVersion } from '../version.ts';
import { decodeKept, encodeKept } from './kept-file.ts';

/** Largest entry that is kept. */
const maxEntryBytes = 2 ** 27;

/** Entries of all models together; the ones not used for longest go first. */
const maxFolderBytes = 2 ** 30;

const ending = '.statistics';

/** What the cache did. */
export interface CacheUse {
  /** Null where nothing is kept. */
  readonly folder: string | null;
  /** Results that were there. */
  readonly recalled: number;
  /** Results that were computed and kept. */
  readonly kept: number;
}

/**
 * What calibration found, kept in a folder from one try to the next. Entries are known by a hash of the graph with its constants, of the
 * inputs of the samples as they are after pre-processing, of the work, and of this version of thimble. A damaged entry counts as none.
 */
export class StatisticsCache {
  readonly #folder: string | null;
  readonly #limitBytes: number;
  readonly #notes: Note[] = [];
  #recalled = 0;
  #kept = 0;
  #writable = true;

  /**
   * @param folder null keeps nothing
   * @param limitBytes of all entries together
   */
  constructor(folder: string | null, limitBytes: number = maxFolderBytes) {
    this.#folder = folder;
    this.#limitBytes = limitBytes;
  }

  get use(): CacheUse {
    return { folder: this.#folder, recalled: this.#recalled, kept: this.#kept };
  }

  /** Entries that were damaged, and why nothing could be kept. */
  get notes(): readonly Note[] {
    return this.#notes;
  }

  /** The memo for these samples, which are known by the hashes of their inputs. */
  memoFor(sampleDigests: readonly string[]): Memo {
    const folder = this.#folder;
    if (folder === null) return noMemo;
    const samples = hashOf(sampleDigests);
    return {
      recall: (work, graph, codec, compute) => {
        const key = hashOf([buildDigest(), work, graphDigest(graph), samples]);
        const path = join(folder, `${key}${ending}`);
        const found = this.#read(path, key, codec);
        if (found !== null) return found;
        const value = compute();
        this.#write(path, encodeKept(key, codec.keep(value)));
        return value;
      },
    };
  }

  #read<T>(path: string, key: string, codec: Codec<T>): T | null {
    let bytes: Uint8Array;
    try {
      if (statSync(path).size > maxEntryBytes) return null;
      bytes = readFileSync(path);
      utimesSync(path, new Date(), new Date());
    } catch {
      return null;
    }
    const kept = decodeKept(key, bytes);
    const value = kept === null ? null : codec.restore(kept);
    if (value === null) this.#note(path, 'this entry of the cache is damaged; its statistics are computed anew');
    else this.#recalled++;
    return value;
  }

  #write(path: string, bytes: Uint8Array): void {
    if (!this.#writable || bytes.length > maxEntryBytes || this.#folder === null) return;
    const draft = `${path}.${process.pid}.tmp`;
    try {
      makeFolders(this.#folder);
      writeFileSync(draft, bytes, { flag: 'w' });
      renameSync(draft, path);
      this.#kept++;
      makeRoom(this.#folder, path, this.#limitBytes);
    } catch (error) {
      this.#writable = false;
      if (existsSync(draft)) rmSync(draft, { force: true });
      this.#note(this.#folder, `statistics are not kept for the next try: ${fileErrorReason(error)}`);
    }
  }

  #note(path: string, what: string): void {
    this.#notes.push({ code: 'statistics-cache', where: fileWhere(path), what });
  }
}

/** Removes the entries that were not used for longest until the others fit; `newest` stays. */
function makeRoom(folder: string, newest: string, limitBytes: number): void {
  const entries = readdirSync(folder)
    .filter((name) => name.endsWith(ending) || name.endsWith('.tmp'))
    .flatMap((name) => {
      const path = join(folder, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? [] : [{ path, bytes: stat.size, usedAt: stat.mtimeMs }];
    })
    .sort((a, b) => b.usedAt - a.usedAt);
  let total = 0;
  for (const { path, bytes } of entries) {
    total += bytes;
    if (total > limitBytes && path !== newest) rmSync(path, { force: true });
  }
}

/** Of everything that a graph computes. */
function graphDigest(graph: Graph): string {
  const hash = createHash('sha256').update(printGraph(graph));
  for (const { data } of graph.values.values()) {
    if (data !== null) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

let knownBuild: string | null = null;

/** What collects statistics, and what runs the graphs. */
const sourceFolders = ['compress', 'ops', 'backends/wasm'];

/** Of this version of thimble: its number and the texts of its programs, so that no other build's entries are taken. */
function buildDigest(): string {
  if (knownBuild !== null) return knownBuild;
  const texts = sourceFolders.flatMap((name) => {
    const folder = fileURLToPath(new URL(`../../converter/${name}/`, import.meta.url));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
    const sources = files.filter((file) => /\.[jt]s$/.test(file) && !file.endsWith('.d.ts'));
    return sources.map((file) => readFileSync(join(folder, file), 'utf8'));
  });
  knownBuild = hashOf([thimbleVersion(), process.arch, process.version, ...texts]);
  return knownBuild;
}

function hashOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

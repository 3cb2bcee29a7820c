import { type Artifact, piecewiseArtifact, textArtifact } from '../../artifact.ts';
import { avrFiles } from './avr.ts';
import { type CpuName, cpuFeatures } from './cpu.ts';
import { type Narrowing, narrowed } from './lines.ts';
import { isUsed } from './used.ts';

/** What the texts of a package with this prefix are narrowed by for a processor. */
export function narrowingTo(cpu: CpuName, prefix: string): Narrowing {
  const M = prefix.toUpperCase();
  return {
    known: new Map(Object.entries(cpuFeatures[cpu]).map(([name, value]) => [`${M}_${name}`, value])),
    refusal: `narrowed to ${cpu}: compile for it, or convert without --cpu`,
  };
}

/** The C files of a package for one processor, without support headers that nobody needs. Other files stay as they are. */
export function narrowFiles(files: readonly Artifact[], prefix: string, cpu: CpuName): readonly Artifact[] {
  const narrowing = narrowingTo(cpu, prefix);
  const kept = files.map((file) => {
    if (!/\.[ch]$/.test(file.path)) return file;
    return piecewiseArtifact(file.path, narrowed(piecesOf(file.bytes), narrowing));
  });
  const own = withoutUnusedHeaders(kept, prefix);
  return cpu === 'avr' ? avrFiles(own, prefix) : own;
}

const decoder = new TextDecoder();

/** Bytes that are decoded at a time: the weights of a large model are hundreds of megabytes of text. */
const pieceBytes = 2 ** 20;

/** The text in pieces that end behind a line, so that no character is cut. */
function* piecesOf(bytes: Uint8Array): Generator<string> {
  for (let start = 0; start < bytes.length; ) {
    const at = bytes.indexOf(10, Math.min(start + pieceBytes, bytes.length));
    const end = at < 0 ? bytes.length : at + 1;
    yield decoder.decode(bytes.subarray(start, end));
    start = end;
  }
}

/** Takes support headers out, the last first, of which no other file uses a name; what they included is included in their place. */
function withoutUnusedHeaders(files: readonly Artifact[], prefix: string): readonly Artifact[] {
  const isText = ({ path }: Artifact) => /\.[ch]$/.test(path) && !path.endsWith('_weights.c');
  const texts = new Map(files.filter(isText).map(({ path, bytes }) => [path, decoder.decode(bytes)]));
  const headers = [...texts.keys()].filter((path) => /^src\/.*\.h$/.test(path) && path !== `src/${prefix}_layers.h`);
  for (const path of headers.reverse()) {
    const text = texts.get(path) ?? '';
    const others = [...texts].filter(([other]) => other !== path).map(([, one]) => one);
    if (isUsed(text, others, prefix)) continue;
    texts.delete(path);
    const instead = text.split('\n').filter((line) => line.startsWith('#include "'));
    const name = path.slice(path.lastIndexOf('/') + 1);
    for (const [other, one] of texts) texts.set(other, withInstead(one, `#include "${name}"`, instead));
  }
  return files
    .filter((file) => !isText(file) || texts.has(file.path))
    .map((file) => {
      const text = texts.get(file.path);
      return text === undefined ? file : textArtifact(file.path, text);
    });
}

/** The text with lines in the place of one, as far as it has them not. */
function withInstead(text: string, line: string, instead: readonly string[]): string {
  const lines = text.split('\n');
  if (!lines.includes(line)) return text;
  const missing = instead.filter((one) => !lines.includes(one));
  return lines.flatMap((one) => (one === line ? missing : [one])).join('\n');
}

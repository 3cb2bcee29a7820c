/** Pseudo-random numbers in [0, 1) from a 32-bit seed (mulberry32 by Tommy Ettinger, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Edit = (bytes: Uint8Array, pick: (below: number) => number) => Uint8Array;

const flipBit: Edit = (bytes, pick) => {
  const at = pick(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
  return bytes;
};

const replaceByte: Edit = (bytes, pick) => {
  bytes[pick(bytes.length)] = pick(256);
  return bytes;
};

const overwriteWord: Edit = (bytes, pick) => {
  if (bytes.length < 4) return bytes;
  // Words in model files are mostly aligned; offsets and lengths are what hurts a reader.
  const at = pick(8) === 0 ? pick(bytes.length - 3) : 4 * pick(bytes.length >> 2);
  const value = [0, 0xffffffff, 0x7fffffff, 0x80000000, pick(bytes.length), pick(2 ** 32)][pick(6)] ?? 0;
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).setUint32(at, value, true);
  return bytes;
};

const truncate: Edit = (bytes, pick) => bytes.slice(0, pick(bytes.length));

const insert: Edit = (bytes, pick) => {
  const at = pick(bytes.length + 1);
  const added = Uint8Array.from({ length: 1 + pick(8) }, () => pick(256));
  const longer = new Uint8Array(bytes.length + added.length);
  longer.set(bytes.subarray(0, at));
  longer.set(added, at);
  longer.set(bytes.subarray(at), at + added.length);
  return longer;
};

/** Copies a piece of the file over another one, which makes offsets that lead to the wrong kind of thing. */
const copyPiece: Edit = (bytes, pick) => {
  const length = 4 * (1 + pick(8));
  const from = pick(bytes.length);
  bytes.copyWithin(pick(bytes.length), from, from + length);
  return bytes;
};

// In-place edits come up more often: most of a shortened file is refused for one reason.
const edits: readonly Edit[] = [
  flipBit,
  flipBit,
  replaceByte,
  replaceByte,
  overwriteWord,
  overwriteWord,
  overwriteWord,
  copyPiece,
  insert,
  truncate,
];

/**
 * A damaged copy of a file, the same one for the same seed: one to four byte or bit changes, 32-bit overwrites, insertions,
 * copies or cuts. For tests that feed broken files to a reader.
 */
export function mutate(bytes: Uint8Array, seed: number): Uint8Array {
  const random = randomFrom(seed);
  const pick = (below: number): number => Math.floor(random() * below);
  let damaged: Uint8Array = bytes.slice();
  for (let left = 1 + pick(4); left > 0 && damaged.length > 0; left--) {
    damaged = edits[pick(edits.length)]?.(damaged, pick) ?? damaged;
  }
  return damaged;
}

import { zlibSync } from 'fflate';

/** What a test puts into an HDF5 file. */
export interface Hdf5Node {
  /** Text attributes; a list is stored with strings of one size, one text as long as the file likes. */
  readonly attributes?: { readonly [name: string]: string | readonly string[] };
  readonly children?: { readonly [name: string]: Hdf5Node };
  /** Numbers of a dataset: float32. */
  readonly data?: { readonly shape: readonly number[]; readonly values: readonly number[] };
  /** Rows of each chunk; the chunks are shuffled and deflated. */
  readonly chunkRows?: number;
}

/** Writes a file as h5py does by default: superblock 0, old headers and groups. */
export function writeHdf5(root: Hdf5Node): Uint8Array {
  const out = new Output();
  out.reserve(96);
  const address = writeNode(out, root);
  out.put(0, [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0, 0, 8, 8, 0]);
  out.u16(16, 4);
  out.u16(18, 16);
  out.u64(24, 0);
  out.u64(32, undefinedAddress);
  out.u64(48, undefinedAddress);
  out.u64(64, address);
  out.u64(40, out.length);
  return out.bytes();
}

const undefinedAddress = 0xffff_ffff_ffff_ffffn;

class Output {
  #bytes = new Uint8Array(2 ** 16);
  length = 0;

  /** Room for `count` zero bytes at a multiple of 8; returns its address. */
  reserve(count: number): number {
    const at = Math.ceil(this.length / 8) * 8;
    this.length = at + count;
    if (this.length > this.#bytes.length) {
      const longer = new Uint8Array(2 * this.length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    return at;
  }

  put(at: number, bytes: ArrayLike<number>): void {
    this.#bytes.set(bytes, at);
  }

  text(at: number, text: string): void {
    this.put(at, new TextEncoder().encode(text));
  }

  u16(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }

  u32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  u64(at: number, value: number | bigint): void {
    this.#view.setBigUint64(at, BigInt(value), true);
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  get #view(): DataView {
    return new DataView(this.#bytes.buffer);
  }
}

interface Message {
  readonly type: number;
  readonly bytes: Uint8Array;
}

function writeNode(out: Output, node: Hdf5Node): number {
  const messages: Message[] = [];
  if (node.data === undefined) messages.push({ type: 0x11, bytes: symbolTable(out, node.children ?? {}) });
  else messages.push(...datasetMessages(out, node.data, node.chunkRows));
  for (const [name, value] of Object.entries(node.attributes ?? {}))
    messages.push({ type: 0x0c, bytes: attribute(name, value) });
  const size = messages.reduce((sum, { bytes }) => sum + 8 + Math.ceil(bytes.length / 8) * 8, 0);
  const at = out.reserve(16 + size);
  out.put(at, [1]);
  out.u16(at + 2, messages.length);
  out.u32(at + 4, 1);
  out.u32(at + 8, size);
  let place = at + 16;
  for (const { type, bytes } of messages) {
    out.u16(place, type);
    out.u16(place + 2, Math.ceil(bytes.length / 8) * 8);
    out.put(place + 8, bytes);
    place += 8 + Math.ceil(bytes.length / 8) * 8;
  }
  return at;
}

function fields(...parts: readonly (readonly [value: number | bigint, bytes: number])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap(([value, count]) =>
      Array.from({ length: count }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n)),
    ),
  );
}

function symbolTable(out: Output, children: { readonly [name: string]: Hdf5Node }): Uint8Array {
  const names = Object.keys(children).sort();
  const addresses = names.map((name) => writeNode(out, children[name] ?? {}));
  const offsets: number[] = [];
  let size = 8;
  for (const name of names) {
    offsets.push(size);
    size += Math.ceil((new TextEncoder().encode(name).length + 1) / 8) * 8;
  }
  const segment = out.reserve(size);
  names.forEach((name, i) => {
    out.text(segment + (offsets[i] ?? 0), name);
  });
  const heap = out.reserve(32);
  out.text(heap, 'HEAP');
  out.u64(heap + 8, size);
  out.u64(heap + 16, 1);
  out.u64(heap + 24, segment);
  const leaf = out.reserve(8 + 40 * names.length);
  out.text(leaf, 'SNOD');
  out.put(leaf + 4, [1]);
  out.u16(leaf + 6, names.length);
  names.forEach((_, i) => {
    out.u64(leaf + 8 + 40 * i, offsets[i] ?? 0);
    out.u64(leaf + 16 + 40 * i, addresses[i] ?? 0);
  });
  const tree = out.reserve(48);
  out.text(tree, 'TREE');
  out.u16(tree + 6, 1);
  out.u64(tree + 8, undefinedAddress);
  out.u64(tree + 16, undefinedAddress);
  out.u64(tree + 32, leaf);
  return fields([tree, 8], [heap, 8]);
}

/** IEEE binary32, little-endian. */
const float32 = Uint8Array.from([0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]);

function datasetMessages(
  out: Output,
  { shape, values }: NonNullable<Hdf5Node['data']>,
  chunkRows: number | undefined,
): Message[] {
  const space = Uint8Array.from([
    1,
    shape.length,
    0,
    0,
    0,
    0,
    0,
    0,
    ...shape.flatMap((size) => [...fields([size, 8])]),
  ]);
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  const common = [
    { type: 0x01, bytes: space },
    { type: 0x03, bytes: float32 },
  ];
  if (chunkRows === undefined) {
    const at = out.reserve(bytes.length);
    out.put(at, bytes);
    return [...common, { type: 0x08, bytes: fields([3, 1], [1, 1], [at, 8], [bytes.length, 8]) }];
  }
  const filters = Uint8Array.from([
    ...[1, 2, 0, 0, 0, 0, 0, 0],
    ...[2, 0, 0, 0, 0, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0],
    ...[1, 0, 0, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0],
  ]);
  const tree = chunkTree(out, shape, bytes, chunkRows);
  const chunk = [chunkRows, ...shape.slice(1), 4].map((size) => [size, 4] as const);
  return [
    ...common,
    { type: 0x0b, bytes: filters },
    { type: 0x08, bytes: fields([3, 1], [2, 1], [chunk.length, 1], [tree, 8], ...chunk) },
  ];
}

function chunkTree(out: Output, shape: readonly number[], bytes: Uint8Array, rows: number): number {
  const rowBytes = bytes.length / (shape[0] ?? 1);
  const count = Math.ceil((shape[0] ?? 1) / rows);
  const keyBytes = 8 + 8 * (shape.length + 1);
  const keys = Array.from({ length: count }, (_, i) => {
    const whole = new Uint8Array(rows * rowBytes);
    whole.set(bytes.subarray(i * rows * rowBytes, (i + 1) * rows * rowBytes));
    const packed = zlibSync(shuffled(whole));
    const at = out.reserve(packed.length);
    out.put(at, packed);
    return { at, size: packed.length, row: i * rows };
  });
  const tree = out.reserve(24 + count * (keyBytes + 8) + keyBytes);
  out.text(tree, 'TREE');
  out.put(tree + 4, [1]);
  out.u16(tree + 6, count);
  keys.forEach(({ at, size, row }, i) => {
    const key = tree + 24 + i * (keyBytes + 8);
    out.u32(key, size);
    out.u64(key + 8, row);
    out.u64(key + keyBytes, at);
  });
  return tree;
}

function shuffled(bytes: Uint8Array): Uint8Array {
  const count = bytes.length / 4;
  return bytes.map((_, i) => bytes[(i % count) * 4 + Math.floor(i / count)] ?? 0);
}

function attribute(name: string, value: string | readonly string[]): Uint8Array {
  const texts = (typeof value === 'string' ? [value] : value).map((text) => new TextEncoder().encode(text));
  const size = Math.max(1, ...texts.map((text) => text.length));
  const pad = (bytes: readonly number[]) => [...bytes, ...new Array<number>((8 - (bytes.length % 8)) % 8).fill(0)];
  const ownName = [...new TextEncoder().encode(name), 0];
  const type = [0x13, 0, 0, 0, ...fields([size, 4])];
  const space =
    typeof value === 'string' ? [1, 0, 0, 0, 0, 0, 0, 0] : [1, 1, 0, 0, 0, 0, 0, 0, ...fields([value.length, 8])];
  const data = texts.flatMap((text) => [...text, ...new Array<number>(size - text.length).fill(0)]);
  const head = fields([1, 2], [ownName.length, 2], [type.length, 2], [space.length, 2]);
  return Uint8Array.from([...head, ...pad(ownName), ...pad(type), ...pad(space), ...data]);
}

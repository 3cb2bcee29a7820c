import { inflateRawSync } from 'node:zlib';

const centralEntry = 0x02014b50;
const endOfDirectory = 0x06054b50;

/** The files of a .npz archive by name without `.npy`; a zip file (APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16) without comment. */
export function npzFiles(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  if (end < 0 || view.getUint32(end, true) !== endOfDirectory) throw new Error('this is no archive');
  const files = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < view.getUint16(end + 10, true); i++) {
    if (view.getUint32(at, true) !== centralEntry) throw new Error(`entry ${i} is broken`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const nameEnd = at + 46 + (nameLength ?? 0);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, nameEnd));
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const stored = bytes.subarray(start, start + view.getUint32(at + 20, true));
    const isDeflated = view.getUint16(at + 10, true) === 8;
    files.set(name.replace(/\.npy$/, ''), isDeflated ? new Uint8Array(inflateRawSync(stored)) : stored);
    at = nameEnd + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return files;
}

import { damaged, type Hdf5Bytes, notRead, undefinedAddress } from './cursor.ts';
import { type Message, messageType } from './messages.ts';

/** Deepest tree of names that is walked; each level of a real one holds at least two entries. */
const deepestTree = 32;

/** Addresses of the objects in a group by name, from its messages (sections IV.A.2.c, g and r). */
export function readLinks(file: Hdf5Bytes, messages: readonly Message[]): Map<string, number> {
  const links = new Map<string, number>();
  for (const { type, at } of messages) {
    if (type === messageType.symbolTable) readSymbolTable(file, at, links);
    else if (type === messageType.link) readLink(file, at, links);
    else if (type === messageType.linkInfo) refuseHeap(file, at);
  }
  return links;
}

/** Groups of the newest kind keep many names in a heap of their own. */
function refuseHeap(file: Hdf5Bytes, at: number): void {
  const hasOrder = (file.u8(at + 1) & 1) !== 0;
  const heap = file.u64(at + 2 + (hasOrder ? 8 : 0));
  if (heap !== undefinedAddress) throw notRead("a group is stored in the dense form (h5py's libver='latest')");
}

/** A link message: flags, optional fields that the flags announce, name, address. */
function readLink(file: Hdf5Bytes, start: number, links: Map<string, number>): void {
  const flags = file.u8(start + 1);
  let at = start + 2;
  const kind = flags & 0x08 ? file.u8(at++) : 0;
  if (flags & 0x04) at += 8;
  if (flags & 0x10) at += 1;
  const lengthBytes = 1 << (flags & 3);
  const length = file.unsigned(at, lengthBytes);
  at += lengthBytes;
  const name = new TextDecoder().decode(file.slice(at, length));
  // Soft and external links name an object elsewhere; a model has none.
  if (kind === 0) links.set(name, file.u64(at + length));
}

/** Groups of the old kind: a B-tree of symbol table nodes, names in a local heap (sections III.A.1, III.B and III.D). */
function readSymbolTable(file: Hdf5Bytes, at: number, links: Map<string, number>): void {
  const [tree, heap] = [file.u64(at), file.u64(at + 8)];
  file.expect(heap, 'HEAP');
  const names = { at: file.u64(heap + 24), size: file.u64(heap + 8) };
  for (const node of treeLeaves(file, tree, 8, deepestTree)) {
    file.expect(node.child, 'SNOD');
    const count = file.u16(node.child + 6);
    for (let i = 0; i < count; i++) {
      const entry = node.child + 8 + 40 * i;
      const offset = file.u64(entry);
      const isSoft = file.u32(entry + 16) === 2;
      if (offset >= names.size) throw damaged(`the name of an object lies outside of the names of its group`);
      if (!isSoft) links.set(file.text(names.at + offset, names.size - offset), file.u64(entry + 8));
    }
  }
}

/** What the leaves of a version 1 B-tree lead to (section III.A.1), with the place of the key before each. */
export function* treeLeaves(
  file: Hdf5Bytes,
  address: number,
  keyBytes: number,
  depth: number,
): Generator<{ readonly key: number; readonly child: number }> {
  if (address === undefinedAddress) return;
  if (depth === 0) throw damaged('a tree in it is too deep');
  file.expect(address, 'TREE');
  const level = file.u8(address + 5);
  const count = file.u16(address + 6);
  for (let i = 0; i < count; i++) {
    const key = address + 24 + i * (keyBytes + 8);
    const child = file.u64(key + keyBytes);
    if (level === 0) yield { key, child };
    else yield* treeLeaves(file, child, keyBytes, Math.min(depth - 1, level));
  }
}

import { damaged, type Hdf5Bytes, notRead } from './cursor.ts';

/** One message of an object header: a property of a group or dataset. */
export interface Message {
  readonly type: number;
  /** Place and size of its data in the file. */
  readonly at: number;
  readonly size: number;
}

/** Message types (HDF5 File Format Specification 3.0, section IV.A.2). */
export const messageType = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

const sharedFlag = 0x02;

/** Messages of one object that are read; a circle of continuation blocks has more. */
const mostMessages = 2 ** 16;

/** All messages of the object header at `address`, those of its continuation blocks too (sections IV.A.1.a and b). */
export function readMessages(file: Hdf5Bytes, address: number): Message[] {
  const messages: Message[] = [];
  const isNew = file.u8(address) === 'O'.charCodeAt(0);
  const { blocks, read } = isNew ? newHeader(file, address) : oldHeader(file, address);
  // Continuation blocks are appended while the list is walked.
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i];
    if (block === undefined) break;
    for (const message of read(block.at, block.at + block.size)) {
      if (messages.push(message) > mostMessages) throw damaged('an object has more properties than any real one');
      if (message.type !== messageType.continuation) continue;
      const [at, size] = [file.u64(message.at), file.u64(message.at + 8)];
      blocks.push(isNew ? newContinuation(file, at, size) : { at, size });
    }
  }
  return messages;
}

interface Block {
  readonly at: number;
  readonly size: number;
}

interface Header {
  readonly blocks: Block[];
  readonly read: (from: number, to: number) => Iterable<Message>;
}

function oldHeader(file: Hdf5Bytes, address: number): Header {
  const version = file.u8(address);
  if (version !== 1) throw damaged(`the object header at byte ${address} has the version ${version}`);
  return {
    blocks: [{ at: address + 16, size: file.u32(address + 8) }],
    *read(from, to) {
      for (let at = from; at + 8 <= to; ) {
        const [type, size, flags] = [file.u16(at), file.u16(at + 2), file.u8(at + 4)];
        yield message(type, flags, at + 8, size);
        at += 8 + size;
      }
    },
  };
}

function newHeader(file: Hdf5Bytes, address: number): Header {
  file.expect(address, 'OHDR');
  const version = file.u8(address + 4);
  if (version !== 2) throw damaged(`the object header at byte ${address} has the version ${version}`);
  const flags = file.u8(address + 5);
  const sizeBytes = 1 << (flags & 3);
  const start = address + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const headBytes = flags & 0x04 ? 6 : 4;
  return {
    blocks: [{ at: start + sizeBytes, size: file.unsigned(start, sizeBytes) }],
    *read(from, to) {
      for (let at = from; at + headBytes <= to; ) {
        const [type, size] = [file.u8(at), file.u16(at + 1)];
        yield message(type, file.u8(at + 3), at + headBytes, size);
        at += headBytes + size;
      }
    },
  };
}

/** A continuation block of the new kind stands between a signature and a checksum. */
function newContinuation(file: Hdf5Bytes, at: number, size: number): Block {
  file.expect(at, 'OCHK');
  if (size < 8) throw damaged(`the header block at byte ${at} has ${size} bytes`);
  return { at: at + 4, size: size - 8 };
}

function message(type: number, flags: number, at: number, size: number): Message {
  if ((flags & sharedFlag) !== 0 && type !== 0) throw notRead('it shares datatypes between objects');
  return { type, at, size };
}

import { readTexts } from './attributes.ts';
import { damaged, Hdf5Bytes, notRead } from './cursor.ts';
import { type Hdf5Numbers, readDataset } from './dataset.ts';
import { readLinks } from './links.ts';
import { type Message, messageType, readMessages } from './messages.ts';

/**
 * A group or dataset of an HDF5 file. Read on demand: only what is asked for is looked at.
 *
 * The part of the format that h5py writes by default, and old and new headers with their names and attributes in place; files
 * written with libver='latest' use more and are refused. Source: HDF5 File Format Specification 3.0.
 */
export class Hdf5Object {
  readonly #file: Hdf5Bytes;
  readonly #messages: readonly Message[];
  #links: ReadonlyMap<string, number> | null = null;

  constructor(file: Hdf5Bytes, address: number) {
    this.#file = file;
    this.#messages = readMessages(file, address);
  }

  /** Names of the objects in this group, in the order of the file; a dataset has none. */
  get names(): readonly string[] {
    return [...this.#members().keys()];
  }

  /** The object `path`, names separated by slashes; null where there is none. */
  find(path: string): Hdf5Object | null {
    const [first = '', ...rest] = path.split('/').filter((name) => name !== '' && name !== '.');
    if (first === '') return this;
    const address = this.#members().get(first);
    if (address === undefined) return null;
    const child = new Hdf5Object(this.#file, address);
    return rest.length === 0 ? child : child.find(rest.join('/'));
  }

  /** The numbers of a dataset; null where this is a group. */
  numbers(): Hdf5Numbers | null {
    return readDataset(this.#file, this.#messages);
  }

  /** The strings of an attribute; null where there is none of this name, or not of text. */
  texts(name: string): readonly string[] | null {
    const found = readTexts(this.#file, this.#messages, name);
    if (found === null) this.#refuseHeap();
    return found;
  }

  /** Attributes of an object of the newest kind may be in a heap of their own. */
  #refuseHeap(): void {
    const info = this.#messages.find(({ type }) => type === messageType.attributeInfo);
    if (info === undefined) return;
    const hasOrder = (this.#file.u8(info.at + 1) & 1) !== 0;
    if (Number.isFinite(this.#file.u64(info.at + 2 + (hasOrder ? 2 : 0)))) {
      throw notRead("attributes are stored in the dense form (h5py's libver='latest')");
    }
  }

  #members(): ReadonlyMap<string, number> {
    this.#links ??= readLinks(this.#file, this.#messages);
    return this.#links;
  }
}

/** The root group of an HDF5 file, from its superblock (section II). Throws ProblemError where it cannot be read. */
export function openHdf5(bytes: Uint8Array): Hdf5Object {
  const file = new Hdf5Bytes(bytes);
  const version = file.u8(8);
  if (version > 3) throw damaged(`its superblock has the version ${version}`);
  const isOld = version < 2;
  const [offsetBytes, lengthBytes] = [file.u8(isOld ? 13 : 9), file.u8(isOld ? 14 : 10)];
  if (offsetBytes !== 8 || lengthBytes !== 8) throw notRead(`its addresses have ${offsetBytes} bytes instead of 8`);
  const base = isOld ? (version === 0 ? 24 : 28) : 12;
  if (file.u64(base) !== 0) throw notRead('something else stands before its contents');
  return new Hdf5Object(file, file.u64(base + (isOld ? 40 : 24)));
}

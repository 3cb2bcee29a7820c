import { type Problem, ProblemError } from '../../../problem.ts';
import type { EntryProto } from './proto.ts';

/** Elements that lie in other files. One import reads each file once. */
export class ExternalData {
  readonly #read: (name: string) => Uint8Array | null;
  readonly #files = new Map<string, Uint8Array | null>();
  readonly #missing = new Map<string, string[]>();

  constructor(sideFile: (name: string) => Uint8Array | null) {
    this.#read = sideFile;
  }

  /**
   * The bytes that `entries` (TensorProto.external_data) point to, as a view of the file. Null where the file is missing,
   * which {@link missing} tells, all tensors of one file together.
   *
   * @param expected bytes that the tensor needs
   * @throws ProblemError for a path that leaves the model's folder, and for a part that the file does not have
   */
  bytes(entries: readonly EntryProto[], expected: number, where: string): Uint8Array | null {
    const values = new Map(entries.map(({ key, value }) => [key, value]));
    const name = values.get('location') ?? '';
    const fault = pathFault(name);
    if (fault !== null) throw outside(where, name, fault);
    const file = this.#file(name);
    if (file === null) {
      const waiting = this.#missing.get(name);
      if (waiting === undefined) this.#missing.set(name, [where]);
      else waiting.push(where);
      return null;
    }
    const offset = wholeNumber(values.get('offset') ?? '0');
    const length = values.has('length') ? wholeNumber(values.get('length') ?? '') : expected;
    if (offset === null || length === null || length !== expected || offset + length > file.length) {
      const asked = `${values.get('length') ?? expected} bytes from ${values.get('offset') ?? 0} on`;
      throw new ProblemError({
        code: 'onnx-external-data',
        where,
        what: `it wants ${expected} bytes and points to ${asked} in "${name}", which has ${file.length}`,
        advice: 'take the file that was saved together with the model',
      });
    }
    return file.subarray(offset, offset + length);
  }

  /** A problem for each file that is missing. */
  missing(): Problem[] {
    return [...this.#missing].map(([name, [first = '', ...others]]) => ({
      code: 'onnx-external-data',
      where: first,
      what: `its elements ${others.length === 0 ? '' : `(and those of ${others.length} more) `}are in the file "${name}", which is not there`,
      advice:
        'put the file beside the model, or save the model as one file (onnx.save with save_as_external_data=False)',
    }));
  }

  #file(name: string): Uint8Array | null {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const file = this.#read(name);
    this.#files.set(name, file);
    return file;
  }
}

/** Why `name` is no path below a folder, or null where it is one. Both kinds of slashes separate, as they do somewhere. */
export function pathFault(name: string): string | null {
  if (name === '') return 'it has no name';
  if (/^[a-z][a-z0-9+.-]*:/i.test(name)) return 'it is a URL or names a drive';
  if (/^[/\\]/.test(name)) return 'it is an absolute path';
  for (const character of name) if (character < ' ' || character === '\x7f') return 'it has control characters';
  if (name.split(/[/\\]/).includes('..')) return 'it leaves the folder of the model';
  return null;
}

function outside(where: string, name: string, fault: string): ProblemError {
  return new ProblemError({
    code: 'onnx-external-data',
    where,
    what: `its elements are in the file ${JSON.stringify(name)}: ${fault}`,
    advice: 'only files below the folder of the model are read: save the model as one file',
  });
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

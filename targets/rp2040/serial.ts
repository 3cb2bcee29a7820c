import { InternalError } from '../../converter/problem.ts';

/** The other end of a test program's serial line: support/port.c says what is spoken. */
export class SerialHost {
  /** What was printed besides requests. */
  text = '';
  /** Null until the program has ended. */
  exitCode: number | null = null;
  readonly written = new Map<string, Uint8Array>();
  readonly #files: ReadonlyMap<string, Uint8Array>;
  #line = '';
  #writing: string | null = null;
  #answer: readonly Uint8Array[] = [];
  #sent = 0;

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.#files = files;
  }

  /** A byte that the program sent. */
  receive(byte: number): void {
    if (byte !== 10) {
      this.#line += String.fromCharCode(byte);
      return;
    }
    const line = this.#line;
    this.#line = '';
    if (this.#writing !== null) {
      this.written.set(this.#writing, Uint8Array.from(Buffer.from(line, 'hex')));
      this.#writing = null;
      return;
    }
    const [word, name = '', bytes = ''] = line.split(' ');
    if (word === '@read') this.#read(name, Number(bytes));
    else if (word === '@write') this.#writing = name;
    else if (word === '@exit') this.exitCode = Number(name);
    else this.text += `${line}\n`;
  }

  /** Whether there are bytes for the program. */
  get isAnswering(): boolean {
    return this.#answer.length > 0;
  }

  /** The next byte for the program; undefined where there is none. */
  next(): number | undefined {
    const [part] = this.#answer;
    if (part === undefined) return undefined;
    const byte = part[this.#sent++];
    if (this.#sent >= part.length) {
      this.#answer = this.#answer.slice(1);
      this.#sent = 0;
    }
    return byte;
  }

  #read(name: string, bytes: number): void {
    if (this.#answer.length > 0) throw new InternalError(`${name} is asked for before the file before it was read`);
    const file = this.#files.get(name);
    const isThere = file !== undefined && file.length === bytes;
    this.#answer = [Uint8Array.of(isThere ? 0 : 1), ...(isThere && file.length > 0 ? [file] : [])];
    this.#sent = 0;
  }
}

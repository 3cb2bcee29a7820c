import { Writable } from 'node:stream';
import { main } from '../../../cli/command-line.ts';

/** A `thimble serve` that runs in this process. */
export interface Serving {
  /** With a slash at the end. */
  readonly url: string;
  /** What was printed at the start. */
  readonly text: string;
  /** Ends it as Ctrl+C does; the exit code. */
  readonly stop: () => Promise<number>;
  /** Its exit code, once something else ends it. */
  readonly code: Promise<number>;
}

/** Starts `thimble serve` with these arguments, and waits for its address. Throws with what it said where it ends at once. */
export async function startServing(argv: readonly string[], cwd: string): Promise<Serving> {
  let text = '';
  let printed = (): void => {};
  const isPrinted = new Promise<void>((resolve) => {
    printed = resolve;
  });
  const collect = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      if (text.includes('Ctrl+C') || text.endsWith('}\n')) printed();
      done();
    },
  });
  const controller = new AbortController();
  const io = { stdout: collect, stderr: collect, cwd, color: false, columns: 100, stop: controller.signal };
  const code = main(['serve', ...argv], io);
  await Promise.race([isPrinted, code.then((ended) => Promise.reject(new Error(`ended with ${ended}: ${text}`)))]);
  const url = /http:\/\/[^\s"]+\//.exec(text)?.[0];
  if (url === undefined) throw new Error(`no address in ${text}`);
  const stop = () => {
    controller.abort();
    return code;
  };
  return { url, text, stop, code };
}

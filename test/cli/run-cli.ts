import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { main } from '../../cli/command-line.ts';

// Tests leave the cache of the user alone; those of the cache name a folder of their own.
process.env.THIMBLE_CACHE = 'off';

/** What a command line did. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stream that keeps what is written. */
class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

/** Runs a command line in this process. */
export async function runCli(argv: readonly string[], cwd: string = process.cwd()): Promise<CliResult> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  const code = await main(argv, { stdout, stderr, cwd, color: false, columns: 100 });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** The JSON value on standard output; fails where there is anything else. */
export async function runJson(argv: readonly string[], cwd?: string): Promise<{ code: number; value: unknown }> {
  const { code, stdout, stderr } = await runCli([...argv, '--json'], cwd);
  if (stderr !== '') throw new Error(`unexpected on standard error: ${stderr}`);
  return { code, value: JSON.parse(stdout) };
}

/** Calls `work` with an empty folder, and removes it. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-cli-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The example that ships with the repository. */
export const digits: string = fileURLToPath(new URL('../../examples/digits/', import.meta.url));
export const digitsInt8 = `${digits}digits_int8.tflite`;
export const digitsFloat = `${digits}digits_float.tflite`;

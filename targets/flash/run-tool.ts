import { spawn } from 'node:child_process';
import type { ToolCommand, ToolEnd } from './adapter.ts';

/** A tool that has not ended by itself after so long is ended: writing megabytes over a slow line takes minutes. */
const TIMEOUT_MS = 15 * 60_000;

/**
 * Runs a tool without a shell and without input, and gives each line that it prints to `onLine`, also those that it draws over.
 * An `abort` ends the tool, and the run as if a signal had ended it. Rejects when it cannot be started.
 */
export function runTool(
  { path, args }: ToolCommand,
  onLine: (line: string) => void,
  abort?: AbortSignal,
  timeoutMs: number = TIMEOUT_MS,
): Promise<ToolEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
    const texts: string[] = [];
    let rest = '';
    const take = (chunk: Buffer) => {
      const text = chunk.toString('utf8');
      texts.push(text);
      const lines = (rest + text).split(/[\r\n]+/);
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') onLine(line);
    };
    const stop = () => {
      child.kill('SIGTERM');
    };
    const timer = setTimeout(stop, timeoutMs);
    const done = () => {
      clearTimeout(timer);
      abort?.removeEventListener('abort', stop);
    };
    abort?.addEventListener('abort', stop);
    if (abort?.aborted === true) stop();
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('close', (exitCode) => {
      done();
      if (rest.trim() !== '') onLine(rest);
      resolve({ exitCode, text: texts.join('') });
    });
  });
}

/** A command as one would type it in a shell. */
export function commandText({ path, args }: ToolCommand): string {
  return [path, ...args].map(shellWord).join(' ');
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

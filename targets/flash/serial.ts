import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '../../converter/problem.ts';
import { runProcess } from '../process.ts';
import { findExecutable } from '../tools.ts';

/** Serial lines of boards: CDC-ACM and USB bridges of Linux, and those of macOS. */
const SERIAL_NAMES = /^(?:ttyACM\d+|ttyUSB\d+|cu\.usb(?:modem|serial).*)$/;

/** Serial ports that a board may be at. */
export function findSerialPorts(folder = '/dev'): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => SERIAL_NAMES.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/**
 * Sets a serial port to `baud`, 8 data bits, no parity, one stop bit, nothing translated; by `stty`, so that no native code is needed.
 * What is no terminal, a file or a pipe, stays as it is. Throws ProblemError where the port is not there or stty refuses it.
 */
export async function openSerial(port: string, baud: number): Promise<void> {
  const fault = (what: string, advice: string): never => {
    throw new ProblemError({ code: 'serial-port', where: `port ${port}`, what, advice });
  };
  if (!existsSync(port)) fault('there is no such port', 'plug the board in, and see /dev/ttyACM* and /dev/ttyUSB*');
  const stty = findExecutable('stty') ?? fault('stty is not on the PATH', 'install coreutils');
  const flag = process.platform === 'darwin' ? '-f' : '-F';
  const args = [flag, port, String(baud), 'raw', '-echo', 'cs8', '-parenb', '-cstopb'];
  const { exitCode, stderr } = await runProcess(stty, args, { cwd: '/', timeoutMs: 5000 });
  if (exitCode === 0 || /inappropriate ioctl|not a (?:tty|typewriter)/i.test(stderr)) return;
  fault(stderr.trim(), 'see that you may read and write it: on Linux be in the group dialout');
}

/** How long is waited for the verdict, in milliseconds, unless the user says. */
export const MONITOR_MS = 20_000;

/**
 * Reads lines from a port until `onLine` says `true`, the port ends, or the time is over. Resolves with whether `onLine` has said so.
 * Rejects where the port cannot be read.
 */
export function readLines(port: string, timeoutMs: number, onLine: (line: string) => boolean): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stream = createReadStream(port);
    let rest = '';
    const end = (isDone: boolean) => {
      clearTimeout(timer);
      stream.destroy();
      resolve(isDone);
    };
    const timer = setTimeout(() => end(false), timeoutMs);
    stream.on('data', (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split(/\r?\n|\r/);
      rest = lines.pop() ?? '';
      if (lines.some(onLine)) end(true);
    });
    stream.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    stream.on('close', () => end(rest !== '' && onLine(rest)));
  });
}

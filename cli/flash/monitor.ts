import { runTool } from '../../targets/flash/run-tool.ts';
import { findSerialPorts, MONITOR_MS, openSerial, readLines } from '../../targets/flash/serial.ts';
import { type Verdict, verdictIn } from '../../targets/flash/verdict.ts';
import { fail } from '../input/file.ts';
import type { CommandIo } from '../io.ts';
import { type FlashPlan, installed } from './flash.ts';

/**
 * Shows what the firmware prints until its self test has a verdict. Over the serial port of the board; over the probe, for a firmware
 * that prints by semihosting or RTT, where the tool can. Throws ProblemError where nothing can be read or no verdict comes in time.
 *
 * @param onLine each line, as it comes
 */
export async function monitor(
  over: 'serial' | 'probe',
  baud: number,
  plan: FlashPlan,
  port: string | undefined,
  timeoutMs: number | undefined,
  io: CommandIo,
): Promise<Verdict> {
  let verdict: Verdict | null = null;
  const take = (line: string): boolean => {
    io.stderr.write(`| ${line}\n`);
    verdict ??= verdictIn(line);
    return verdict !== null;
  };
  const limit = timeoutMs ?? MONITOR_MS;
  if (over === 'probe') await byProbe(plan, limit, take);
  else await bySerial(port ?? onlyPort(), baud, limit, take);
  if (verdict !== null) return verdict;
  const advice =
    'press reset while it waits, or see that port and baud rate are right; --monitor-timeout SECONDS waits longer';
  return fail('no-verdict', '--monitor', `the firmware has printed no verdict within ${limit / 1000} s`, advice);
}

async function byProbe(plan: FlashPlan, timeoutMs: number, take: (line: string) => boolean): Promise<void> {
  const run = plan.kind === 'tool' ? plan.method.adapter.monitor : null;
  if (plan.kind !== 'tool' || run === null) {
    return fail(
      'monitor',
      '--monitor',
      'this tool shows nothing of what comes through a probe',
      'use --tool probe-rs or openocd',
    );
  }
  const tool = installed(plan.method);
  const done = new AbortController();
  await runTool(run(plan.job, tool), (line) => take(line) && done.abort(), done.signal, timeoutMs);
}

async function bySerial(port: string, baud: number, timeoutMs: number, take: (line: string) => boolean): Promise<void> {
  await openSerial(port, baud);
  try {
    await readLines(port, timeoutMs, take);
  } catch (error) {
    fail(
      'serial-port',
      `port ${port}`,
      error instanceof Error ? error.message : String(error),
      'plug the board in again',
    );
  }
}

function onlyPort(): string {
  const [port, ...others] = findSerialPorts();
  if (port !== undefined && others.length === 0) return port;
  const what =
    port === undefined ? 'no serial port was found' : `several serial ports are there: ${[port, ...others].join(', ')}`;
  return fail('serial-port', '--monitor', what, 'name the one of the board: --port /dev/ttyACM0');
}

import { fail } from '../input/file.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with SIGINT, SIGTERM and SIGHUP held back: `work` asks at places where it can stop, and there
 * `throwIfInterrupted` throws a ProblemError of code `interrupted`. A signal that came during `work` is sent again when
 * `work` has ended, either way, so that the process ends by it as if it had not been held back.
 */
export async function withInterruptFlag<T>(work: (throwIfInterrupted: () => void) => Promise<T>): Promise<T> {
  let received: (typeof signals)[number] | null = null;
  const note = (signal: NodeJS.Signals): void => {
    received = signals.find((name) => name === signal) ?? received;
  };
  const throwIfInterrupted = (): void => {
    if (received !== null) fail('interrupted', 'output', `stopped by ${received}`, 'start the command again');
  };
  for (const signal of signals) process.on(signal, note);
  try {
    return await work(throwIfInterrupted);
  } finally {
    // A signal that arrived during the last synchronous step is delivered when the event loop polls next: the first
    // call of `setImmediate` may return in the turn of that step, after its poll, the second one returns after another.
    for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
    for (const signal of signals) process.removeListener(signal, note);
    if (received !== null) process.kill(process.pid, received);
  }
}

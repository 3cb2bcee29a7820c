export { nearest } from '../converter/frontends/nearest-name.ts';

/** A command line that cannot be understood. `advice` is what to type instead. */
export class UsageError extends Error {
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.name = 'UsageError';
    this.advice = advice;
  }
}

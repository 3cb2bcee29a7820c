/** What {@link wantsColor} looks at. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
}

/**
 * Whether text may be coloured: never where NO_COLOR is set, always where FORCE_COLOR is (and not 0), else on a terminal.
 * The command line does not count: `--color` says of what colours pictures are, whereas picocolors takes it for a wish
 * to colour the text.
 */
export function wantsColor({ env, isTerminal }: Surroundings): boolean {
  const { NO_COLOR: never = '', FORCE_COLOR: always = '', TERM: terminal } = env;
  if (never !== '') return false;
  if (always !== '') return always !== '0';
  return isTerminal && terminal !== 'dumb';
}

/** {@link wantsColor} of this process. */
export function processWantsColor(): boolean {
  return wantsColor({ env: process.env, isTerminal: process.stdout.isTTY === true });
}

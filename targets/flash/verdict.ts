/** What a firmware's self test has said. */
export interface Verdict {
  readonly passed: boolean;
  /** The line that says so. */
  readonly line: string;
}

/**
 * The verdict in a line that a firmware prints; null in all other lines. Known are the lines of bare firmware, of the example programs of
 * the layouts, and of the self test as a program.
 */
export function verdictIn(text: string): Verdict | null {
  const line = text.trim();
  const told = /^@thimble .*"verdict":"(pass|fail|fault)"/.exec(line)?.[1];
  if (told !== undefined) return { passed: told === 'pass', line };
  const number = /self[ -]?test:? (-?\d+)\b/i.exec(line)?.[1];
  if (number !== undefined) return { passed: Number(number) === 0, line };
  const word = /self[ -]?test:? (pass(?:ed)?|ok|fail(?:ed)?)\b/i.exec(line)?.[1];
  if (word !== undefined) return { passed: !/^fail/i.test(word), line };
  if (/: \d+ golden vectors agree$/.test(line)) return { passed: true, line };
  return /: vector \d+ differs$/.test(line) ? { passed: false, line } : null;
}

import { fail } from '../input/file.ts';

/** What the firmware printed. */
export interface FirmwareLine {
  readonly model: string;
  readonly hz: number;
  readonly rounds: number;
  /** The median of each layer. */
  readonly ticks: readonly number[];
  /** How far all but the outermost rounds of each layer are apart. */
  readonly spread: readonly number[];
}

const start = 'THIMBLE-PROFILE ';

const advice = 'copy the whole line as it was printed, or let the board print it again';

/** The last line of the firmware in a log. Throws ProblemError where there is none, or where it is not what was printed. */
export function readLine(log: string, where: string): FirmwareLine {
  const wrong = (what: string): never => fail('profile-line', where, what, advice);
  const lines = log.split(/[\r\n]+/).filter((one) => one.includes(start));
  const last = lines.at(-1);
  if (last === undefined) return wrong(`there is no line that begins with ${start.trim()}`);
  const [version = '', ...words] = last
    .slice(last.indexOf(start) + start.length)
    .trim()
    .split(/\s+/);
  if (version !== '1') wrong(`the line is of version ${JSON.stringify(version)}, and this thimble reads version 1`);
  const fields = new Map(words.map((word) => [word.replace(/=.*/, ''), word.replace(/^[^=]*=?/, '')] as const));
  const listOf = (name: string): readonly number[] => {
    const text = fields.get(name) ?? wrong(`${name}= is missing: the line is cut`);
    return text.split(',').map((digits) => {
      const value = Number(digits);
      return /^\d{1,10}$/.test(digits) && value < 2 ** 32
        ? value
        : wrong(`${name}=: ${JSON.stringify(digits)} is no number of 32 bits`);
    });
  };
  const one = (name: string): number => {
    const [value = 0, ...more] = listOf(name);
    return more.length > 0 ? wrong(`${name}= has several numbers`) : value;
  };
  const [status, hz, rounds] = [one('status'), one('hz'), one('rounds')];
  const [ticks, spread] = [listOf('ticks'), listOf('spread')];
  const check = [status, hz, rounds, ...ticks, ...spread].reduce((sum, value) => (Math.imul(sum, 31) + value) >>> 0, 7);
  if (one('check') !== check)
    wrong(`check= is ${one('check')}, and the numbers before it give ${check}: some of them have changed on the way`);
  if (status !== 0) wrong(`the model has not run: its status is ${status}`);
  if (ticks.every((value) => value === 0)) wrong('all ticks are 0: the counter of the processor does not run');
  return { model: fields.get('model') ?? '', hz, rounds, ticks, spread };
}

import type { Limit } from '../../converter/compress/quantize/search/limit.ts';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import { nearest, UsageError } from '../usage.ts';
import { parseBytes } from './bytes.ts';

/** `--budget`: what the quantized model must meet. */
export const budgetOption = {
  budget: {
    type: 'string',
    array: true,
    nargs: 1,
    describe:
      'Find the cheapest model within limits: "accuracy-drop<=0.5%", "agreement>=99%", "sram<=64k", "flash<=256k", "latency<=20ms@stm32l4r5zi"; commas or repeat for more',
  },
} as const;

const names = ['accuracy-drop', 'agreement', 'sram', 'flash', 'latency'] as const;

const examples: { readonly [N in (typeof names)[number]]: string } = {
  'accuracy-drop': 'accuracy-drop<=0.5%',
  agreement: 'agreement>=99%',
  sram: 'sram<=64k',
  flash: 'flash<=256k',
  latency: 'latency<=20ms@stm32l4r5zi',
};

/** The limits of all `--budget` options. Throws ProblemError with everything that is none. */
export function parseBudget(texts: readonly string[]): readonly Limit[] {
  const parts = texts.flatMap((text) => text.split(',')).map((part) => part.trim());
  const parsed = parts.map(parseLimit);
  const problems = parsed.flatMap((one) => ('what' in one ? [one] : []));
  if (problems.length > 0) throw new ProblemError(problems);
  return parsed.flatMap((one) => ('what' in one ? [] : [one]));
}

function parseLimit(text: string): Limit | Problem {
  const problem = (what: string, advice: string): Problem => ({
    code: 'budget',
    where: `--budget ${JSON.stringify(text)}`,
    what,
    advice,
  });
  const [, word = '', sign = '', value = ''] = /^([A-Za-z-]+)\s*(<=|>=|<|>|=)\s*(\S.*)$/.exec(text) ?? [];
  const name = names.find((one) => one === word);
  if (name === undefined) {
    const near = nearest(word, names);
    const hint = near === null ? '' : `did you mean ${near}? `;
    const advice = `${hint}write ${Object.values(examples)
      .map((example) => `"${example}"`)
      .join(', ')}`;
    return problem(word === '' ? 'it is no limit' : `there is no limit of ${JSON.stringify(word)}`, advice);
  }
  const wanted = name === 'agreement' ? '>=' : '<=';
  if (sign !== wanted) return problem(`${name} has ${wanted}, not ${sign}`, `write "${examples[name]}"`);
  const found = limitOf(name, value);
  return typeof found === 'string' ? problem(found, `write "${examples[name]}"`) : found;
}

/** The limit, or what is wrong with its value. */
function limitOf(name: (typeof names)[number], value: string): Limit | string {
  switch (name) {
    case 'accuracy-drop':
    case 'agreement': {
      const [, number = ''] = /^(\d+(?:\.\d+)?)\s*%$/.exec(value) ?? [];
      const share = Number(number) / 100;
      if (number === '' || share > 1) return `${JSON.stringify(value)} is no percentage from 0 to 100`;
      return name === 'agreement' ? { kind: name, least: share } : { kind: name, most: share };
    }
    case 'sram':
    case 'flash':
      try {
        return { kind: name, mostBytes: parseBytes(value, name) };
      } catch (error) {
        if (error instanceof UsageError) return `${JSON.stringify(value)} is no number of bytes`;
        throw error;
      }
    case 'latency': {
      const [, number = '', unit = '', target = ''] = /^(\d+(?:\.\d+)?)\s*(us|ms|s)\s*@\s*(\S+)$/.exec(value) ?? [];
      const factor = { us: 1, ms: 1000, s: 1_000_000 }[unit];
      if (factor === undefined) {
        return value.includes('@')
          ? `${JSON.stringify(value)} is no time with a target`
          : 'it depends on the processor, and none is named';
      }
      const mostUs = Number(number) * factor;
      return mostUs > 0 ? { kind: name, mostUs, target } : 'no model takes no time';
    }
    default:
      return name satisfies never;
  }
}

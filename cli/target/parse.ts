import { type Problem, ProblemError } from '../../converter/problem.ts';
import { type Profile, profileSchema } from './schema.ts';

/** What zod says of one fault. */
type Issue = NonNullable<ReturnType<typeof profileSchema.safeParse>['error']>['issues'][number];

/** The JSON value of a profile file, checked. Throws ProblemError with every fault; each names the field by its path. */
export function parseProfile(value: unknown, where: string): Profile {
  const parsed = profileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ProblemError(parsed.error.issues.flatMap((issue) => problemsOf(issue, value, where)));
}

function problemsOf(issue: Issue, value: unknown, where: string): readonly Problem[] {
  const problem = (path: readonly PropertyKey[], what: string, advice: string): Problem => ({
    code: 'target-profile',
    where,
    what: `${pathText(path)}: ${what}`,
    advice,
  });
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      problem([...issue.path, key], 'there is no such field', 'see targets/profiles/schema.json for the fields'),
    );
  }
  if (isMissing(value, issue.path)) {
    const isSource = ['source', 'ref', 'unit'].includes(String(issue.path.at(-1)));
    const advice = isSource ? 'every number has a unit, a source and a ref' : 'add it';
    return [problem(issue.path, 'is missing', advice)];
  }
  return [problem(issue.path, lowerFirst(issue.message.replace(/^Invalid \w+: /, '')), 'correct the field')];
}

/** Whether there is nothing at `path`, although all before it is there. */
function isMissing(value: unknown, path: readonly PropertyKey[]): boolean {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return false;
    at = Object.getOwnPropertyDescriptor(at, key)?.value;
  }
  return path.length > 0 && at === undefined;
}

/** `banks[1].bytes.unit`. */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text === '' ? 'profile' : text.replace(/^\./, '');
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

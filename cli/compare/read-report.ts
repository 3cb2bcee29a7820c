import { z } from 'zod';
import { ProblemError } from '../../converter/problem.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { type Report, reportElementId, reportSchema } from '../report/schema.ts';

/** Largest report that is read: 32 MiB; that of a network with hundreds of layers has 2 MB. */
export const maxReportBytes: number = 2 ** 25;

/** Most values in a report: what is wrong with each of them has to be told. */
const mostValues = 500_000;

const code = 'report-file';
const makeOne = 'give a page of thimble report, or what thimble report --json prints';

/**
 * The report in `path`, a page of `thimble report` or its JSON. Throws ProblemError where it is neither, incomplete, of another version, or
 * larger than `limitBytes`.
 */
export function readReport(path: string, io: CommandIo, limitBytes: number = maxReportBytes): Report {
  const where = fileWhere(path);
  const bytes = readInputFile(resolvePath(io, path), limitBytes);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail(
      code,
      where,
      'it is no text, so it is no report',
      `${makeOne}; of a model, thimble report MODEL makes one`,
    );
  }
  return parseReport(text, where);
}

/** The report in the text of a page or of a JSON value; `where` names the file in problems. */
export function parseReport(text: string, where: string): Report {
  const start = /\S/.exec(text)?.[0];
  if (start === undefined) fail(code, where, 'it is empty', makeOne);
  if (start !== '{' && start !== '<') fail(code, where, 'it is neither a page nor a JSON object', makeOne);
  const json = start === '<' ? jsonOfPage(text, where) : text;
  if (commasIn(json) > mostValues) {
    fail(
      code,
      where,
      `it has more than ${mostValues} values`,
      'report on a part of the model, by --outputs, or on fewer targets',
    );
  }
  return checked(parseJson(json, where), where);
}

/** An upper bound of the values in JSON text, but for one and for what is nested. */
function commasIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf(','); at >= 0; at = text.indexOf(',', at + 1)) count++;
  return count;
}

/** The text between the tags of the element with the report's id. */
function jsonOfPage(page: string, where: string): string {
  const id = `id="${reportElementId}"`;
  for (let at = page.indexOf(id); at >= 0; at = page.indexOf(id, at + id.length)) {
    const [, tag] = /(<script\b[^<>]*)$/.exec(page.slice(Math.max(0, at - longestTag), at)) ?? [];
    if (tag === undefined || !tag.includes('application/json')) continue;
    const begin = page.indexOf('>', at) + 1;
    const end = begin === 0 ? -1 : page.indexOf('</script', begin);
    if (end >= 0) return page.slice(begin, end);
    fail(code, where, 'the page ends within the report: it is truncated', 'copy the whole file, or make it again');
  }
  const isCut = !/<\/html>\s*$/.test(page.slice(-100));
  const what = isCut
    ? 'there is no report in this page, and the page has no end: it is of another program, or truncated'
    : 'there is no report in this page';
  return fail(code, where, what, makeOne);
}

/** Characters before the id within which its tag begins. */
const longestTag = 200;

function parseJson(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, 120);
    return fail(code, where, `its JSON is damaged or truncated: ${reason}`, makeOne);
  }
}

const problemsSchema = z.object({ problems: z.array(z.object({ where: z.string(), what: z.string() })).min(1) });
const headSchema = z.object({ schemaVersion: z.number(), kind: z.literal('thimble-report') });

function checked(value: unknown, where: string): Report {
  const problems = problemsSchema.safeParse(value);
  if (problems.success) {
    const [first] = problems.data.problems;
    fail(
      code,
      where,
      `it holds the problems of a command that failed: ${first?.where}: ${first?.what}`,
      'mend them and make the report again',
    );
  }
  const head = headSchema.safeParse(value);
  if (!head.success) fail(code, where, 'it is JSON, but no report', makeOne);
  const { schemaVersion } = head.data;
  const known = reportSchema.shape.schemaVersion.value;
  if (schemaVersion !== known) {
    const what = `it is a report of version ${schemaVersion}; this thimble reads version ${known}`;
    const isNewer = schemaVersion > known;
    fail(
      'report-version',
      where,
      what,
      isNewer ? 'compare with the thimble that wrote it, or a newer one' : 'make the report again with this thimble',
    );
  }
  const parsed = reportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  throw new ProblemError(
    issues.slice(0, shownIssues).map(({ path, message }, i) => {
      const more =
        issues.length > shownIssues && i === shownIssues - 1 ? ` (and ${issues.length - shownIssues} more)` : '';
      const what = `${pathText(path)}: ${message.charAt(0).toLowerCase()}${message.slice(1)}${more}`;
      return { code, where, what, advice: 'make the report again; it is not as thimble writes it' };
    }),
  );
}

const shownIssues = 5;

/** `graph.layers[1].macs`. */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text === '' ? 'the report' : text.replace(/^\./, '');
}

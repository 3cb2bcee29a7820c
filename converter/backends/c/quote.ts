/** What a template may hold: text, a number, or lines; several lines take the indentation of the place they stand in. */
export type Quotable = string | number | readonly string[];

/**
 * C text that looks like its output. The indentation of the template itself is taken off; a value of several lines is
 * indented like the line it stands in; a line that holds nothing but an empty value disappears.
 *
 *     c`
 *       for (int32_t i = 0; i < ${count}; i++) {
 *           ${body}
 *       }
 *     `
 */
export function c(strings: TemplateStringsArray, ...values: readonly Quotable[]): string {
  const lines = dedent(strings.map((text, i) => text + (i < values.length ? mark(i) : '')).join(''));
  return lines.flatMap((line) => fill(line, values)).join('\n');
}

/** A place for value `i` that no template contains. */
function mark(index: number): string {
  return `\u{e000}${index}\u{e001}`;
}

const MARK = /\u{e000}(\d+)\u{e001}/gu;

function textOf(value: Quotable | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : (value ?? []).join('\n');
}

/** The lines of a template without their common indentation and without empty first and last lines. */
function dedent(text: string): string[] {
  const lines = text.split('\n');
  while (lines[0]?.trim() === '') lines.shift();
  while (lines.at(-1)?.trim() === '') lines.pop();
  const full = lines.filter((line) => line.trim() !== '');
  const indent = Math.min(...full.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indent).trimEnd());
}

/** One line of a template with its values put in: none, one or more lines. */
function fill(line: string, values: readonly Quotable[]): string[] {
  const text = line.replace(MARK, (_, index: string) => textOf(values[Number(index)]));
  if (text.trim() === '' && line.trim() !== '') return [];
  const [first = '', ...rest] = text.split('\n');
  const indent = line.slice(0, line.length - line.trimStart().length);
  return [first, ...rest.map((more) => (more === '' ? '' : indent + more))];
}

/** Longest line of a generated file. */
const COLUMNS = 100;

/** `name(a, b, c)` in lines of at most 100 columns behind `indent` spaces; more lines stand under the first argument. */
export function wrapCall(text: string, indent: number): string {
  const open = text.indexOf('(');
  if (indent + text.length <= COLUMNS || open < 0) return text;
  return pack(text.slice(0, open + 1), text.slice(open + 1).split(/(?<=,) /), ' '.repeat(open + 1), indent);
}

/** Breaks statements that would be longer than 100 columns once indented by `indent`: after ` = `, then after commas. */
export function wrapCode(text: string, indent: number): string {
  return text
    .split('\n')
    .map((line) => (indent + line.length <= COLUMNS ? line : wrapLine(line, indent)))
    .join('\n');
}

function wrapLine(line: string, indent: number): string {
  const margin = line.slice(0, line.length - line.trimStart().length);
  const [left = '', ...right] = line.split(' = ');
  if (right.length === 0) return pack(margin, line.trim().split(/(?<=,|&&|\|\|) /), `${margin}    `, indent);
  const inner = `${margin}    `;
  return `${left} =\n${pack(inner, right.join(' = ').split(/(?<=,|&&|\|\|) /), `${inner}    `, indent)}`;
}

/** Parts behind `start`, with spaces between them; lines after the first begin with `margin`. */
function pack(start: string, parts: readonly string[], margin: string, indent: number): string {
  const lines: string[] = [];
  let line = start;
  let isFresh = true;
  for (const part of parts) {
    const next = isFresh ? line + part : `${line} ${part}`;
    if (!isFresh && indent + next.length > COLUMNS) {
      lines.push(line);
      line = margin + part;
    } else line = next;
    isFresh = false;
  }
  return [...lines, line].join('\n');
}

/** Words in lines of at most 100 columns behind `indent` spaces: `first` before the first line, `next` before the others. */
export function wrapWords(text: string, first: string, next: string, indent = 0): string {
  return pack(first, text.split(' '), next, indent);
}

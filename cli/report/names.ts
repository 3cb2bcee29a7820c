import { printable } from '../output/text.ts';

/** Longest name in a report. */
const nameWidth = 120;

/** A name from a model file: control characters visible, and what is too long cut in the middle, since both ends tell names apart. */
export function shownName(name: string): string {
  const text = printable(name);
  if (text.length <= nameWidth) return text;
  const half = (nameWidth - 2) / 2;
  return `${whole(text.slice(0, half))}..${whole(text.slice(text.length - half))}`;
}

/** Without the halves of characters beyond 16 bits that a cut has left at an end. */
function whole(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}

/** Longest note of a report. */
const noteWidth = 600;

/** A text on one line that a name in it cannot steer. */
export function noteLine(text: string): string {
  return printable(text.replace(/\s*[\r\n]+\s*/g, ' ').slice(0, noteWidth));
}

/**
 * A name of at most `width` characters, as much as tells it from others: of names that TensorFlow has fused with semicolons the first, of
 * long ones the end, which is the most particular part of a path. Of what a step has for itself (`CONV_2D #3 "a;b" scratch`) the operator.
 */
export function shortName(name: string, width: number): string {
  const [, step, use = ''] = /^(\S+ .*"[^"]*")( \w+)$/s.exec(name) ?? [];
  if (step !== undefined && width >= use.length + 10) return shortStep(step, width - use.length) + use;
  const [, first = '', rows = ''] = /^([^;]*);.*?( rows)?$/s.exec(name) ?? [];
  const whole = first === '' ? name : first + rows;
  if (whole.length <= width) return whole;
  return width <= 4 ? whole.slice(0, Math.max(0, width)) : `..${whole.slice(whole.length - width + 2)}`;
}

/** A step's name of at most `width` characters, where tensor names that TensorFlow has fused are the first of them: `ADD #3 "model/add"`. */
export function stepText(name: string, width: number): string {
  const whole = name.replace(/;[^"]*/, '');
  return whole.length <= width ? whole : `${whole.slice(0, Math.max(0, width - 2))}..`;
}

/** The operator of a step's name: `CONV_2D #3` of `CONV_2D #3 "block3/conv"`; other names as {@link stepText}. */
export function shortStep(name: string, width: number): string {
  return stepText(/^\S+ #\d+/.exec(name)?.[0] ?? name, width);
}

/** `1,234,567`, the same in every locale. */
export function countText(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** Step numbers as ranges: `2-4, 7, 9-12`. */
export function rangesText(steps: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const step of steps) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === step - 1) last[1] = step;
    else ranges.push([step, step]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

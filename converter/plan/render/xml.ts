/**
 * `text` as character data or as the value of an attribute in quotes. What XML 1.0 cannot hold (section 2.2: control characters, lone
 * surrogates, U+FFFE and U+FFFF) and what turns the writing direction becomes visible, as `\u202e`.
 */
export function xmlText(text: string): string {
  const visible = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu, (char) => {
    return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
  return visible.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

const entities: { readonly [char: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A coordinate, to a hundredth of a pixel. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100);
}

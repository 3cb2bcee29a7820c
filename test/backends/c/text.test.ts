import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commentText,
  floatLiteral,
  intLiteral,
  stringLiteral,
  wrapItems,
} from '../../../converter/backends/c/literal.ts';
import { checkPrefix, distinctIdentifiers, prefixFrom } from '../../../converter/backends/c/names.ts';
import { c } from '../../../converter/backends/c/quote.ts';
import { wrapCode } from '../../../converter/backends/c/wrap.ts';

describe('the C template', () => {
  it('keeps the indentation of nested blocks and lists', () => {
    const body = c`
      a();
      if (x) {
          b();
      }
    `;
    const text = c`
      for (;;) {
          ${body}
          ${['c();', 'd();']}
      }
    `;
    expect(text).toBe('for (;;) {\n    a();\n    if (x) {\n        b();\n    }\n    c();\n    d();\n}');
  });

  it('drops a line that holds only an empty value, and keeps blank lines', () => {
    expect(c`
      a
      ${''}
      ${[]}

      b ${1}
    `).toBe('a\n\nb 1');
  });
});

describe('C literals', () => {
  it('read back as the same float32', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = floatLiteral(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?(e[+-]?\d+)?f$|^-?\d+\.\d+f$/);
        expect(Math.fround(Number(text.slice(0, -1)))).toBe(value);
      }),
    );
  });

  it.each([
    [0.1, '0.1f'],
    [1, '1.0f'],
    [-0, '-0.0f'],
    [Number.POSITIVE_INFINITY, 'INFINITY'],
    [1e30, '1e+30f'],
  ])('%d is %s', (value, text) => expect(floatLiteral(value)).toBe(text));

  it('have no literal for the smallest int32', () => {
    expect(intLiteral(-2147483648)).toBe('(-2147483647 - 1)');
  });

  it('let no text out of a comment or a string', () => {
    expect(commentText('a */ b /* c é ??/')).toBe('a *? b /? c ? ? /');
    expect(stringLiteral('a"b\\c?ü')).toBe('"a\\"b\\\\c\\?\\303\\274"');
  });
});

describe('long lines', () => {
  it('are broken at 100 columns', () => {
    const items = Array.from({ length: 200 }, (_, i) => String(i - 100));
    const lines = wrapItems(items, '    ').split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines.join(' ').match(/-?\d+/g)).toEqual(items);
  });

  it('lose no word', () => {
    const line = `    output[0] = f(${Array.from({ length: 30 }, (_, i) => `argument${i}`).join(', ')});`;
    const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');
    expect(words(wrapCode(line, 8))).toEqual(words(line));
    expect(
      Math.max(
        ...wrapCode(line, 8)
          .split('\n')
          .map((part) => part.length),
      ),
    ).toBeLessThanOrEqual(92);
  });
});

describe('names', () => {
  it.each([
    ['thimble_probe', 'model_thimble_probe'],
    ['Person Detect.tflite', 'person_detect'],
    ['int', 'int_model'],
    ['3d', 'model_3d'],
    ['é', 'model'],
  ])('%s becomes %s', (name, prefix) => {
    expect(prefixFrom(name)).toBe(prefix);
    expect(() => checkPrefix(prefix)).not.toThrow();
  });

  it('are valid whatever the model is called', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(() => checkPrefix(prefixFrom(name))).not.toThrow();
      }),
    );
  });

  it('of ports are distinct or none', () => {
    expect(distinctIdentifiers(['x:0', 'X 0', '1', 'y'])).toEqual(['x_0', null, null, 'y']);
  });
});

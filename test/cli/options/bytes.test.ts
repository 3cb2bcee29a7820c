import { expect, it } from 'vitest';
import { parseBytes } from '../../../cli/options/bytes.ts';
import { UsageError } from '../../../cli/usage.ts';

it.each([
  ['65536', 65536],
  ['1', 1],
  ['12 B', 12],
  ['64k', 65536],
  ['64K', 65536],
  ['64KiB', 65536],
  ['64 kib', 65536],
  ['1.5M', 1572864],
  ['2MiB', 2097152],
])('%s is %d bytes', (text, bytes) => {
  expect(parseBytes(text, '--sram')).toBe(bytes);
});

it.each(['', '0', '0k', '-1', '1.5', '64kB', '64 KB', '1e3', 'k', '0x100', '9007199254740993M', '1..5k', 'lots'])(
  '%j is refused',
  (text) => {
    expect(() => parseBytes(text, '--sram')).toThrow(UsageError);
    expect(() => parseBytes(text, '--sram')).toThrow('--sram');
  },
);

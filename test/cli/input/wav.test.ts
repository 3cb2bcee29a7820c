import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mixDown, readWav, toInt16 } from '../../../cli/input/wav.ts';
import { hasShared, readShared } from '../../support/shared.ts';
import { endsWell, mutate, problemsOf } from './helpers.ts';

const where = 'file "x.wav"';
const u16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
const u32 = (value: number): number[] => [...u16(value & 65535), ...u16(value >>> 16)];
const text = (value: string): number[] => [...new TextEncoder().encode(value)];

/** A RIFF WAVE file; `before` are chunks in front of the data. */
function wavFile(
  code: number,
  bits: number,
  channels: number,
  data: readonly number[],
  before: readonly number[] = [],
): Uint8Array {
  const frame = (channels * bits) / 8;
  const format = [...u16(code), ...u16(channels), ...u32(8000), ...u32(8000 * frame), ...u16(frame), ...u16(bits)];
  const chunks = [...text('fmt '), ...u32(16), ...format, ...before, ...text('data'), ...u32(data.length), ...data];
  return Uint8Array.from([...text('RIFF'), ...u32(chunks.length + 4), ...text('WAVE'), ...chunks]);
}

describe('readWav', () => {
  test.each([
    ['8-bit', wavFile(1, 8, 1, [0, 128, 255]), [-1, 0, 127 / 128]],
    ['16-bit', wavFile(1, 16, 1, [0, 0x80, 0, 0x40, 0xff, 0x7f]), [-1, 0.5, 32767 / 32768]],
    ['24-bit', wavFile(1, 24, 1, [0, 0, 0x80, 0, 0, 0x40, 0xff, 0xff, 0xff]), [-1, 0.5, -(2 ** -23)]],
    ['32-bit', wavFile(1, 32, 1, [0, 0, 0, 0x80, 0, 0, 0, 0x40]), [-1, 0.5]],
    ['float', wavFile(3, 32, 1, [0, 0, 0x80, 0x3f]), [1]],
    ['an odd chunk before', wavFile(1, 16, 1, [0, 0x40], [...text('LIST'), ...u32(3), 1, 2, 3, 0]), [0.5]],
  ])('%s', (_, bytes, values) => {
    expect([...readWav(bytes, where).samples]).toEqual(values);
  });

  test('extensible format and a size that is not known', () => {
    const bytes = [...wavFile(0xfffe, 16, 1, [])];
    const format = [...bytes.slice(20, 36), ...u16(22), ...u16(16), ...u32(4), ...u16(1), ...Array(14).fill(0)];
    const chunks = [...text('fmt '), ...u32(40), ...format, ...text('data'), ...u32(0xffffffff), 0, 0x40, 0, 0x80];
    const whole = Uint8Array.from([...text('RIFF'), ...u32(0), ...text('WAVE'), ...chunks]);
    expect([...readWav(whole, where).samples]).toEqual([0.5, -1]);
  });

  test.each([
    ['wav-header', text('RIFX0000WAVE')],
    ['wav-header', [...wavFile(1, 16, 1, [])].slice(0, 36)],
    ['wav-size', [...wavFile(1, 16, 1, [1, 2, 3, 4])].slice(0, 46)],
    ['wav-format', [...wavFile(2, 4, 2, [])]],
    ['wav-format', [...wavFile(1, 12, 2, [])]],
    ['wav-format', [...wavFile(3, 16, 1, [])]],
    ['wav-format', [...wavFile(1, 16, 0, [])]],
  ])('%s', (code, bytes) => {
    expect(problemsOf(() => readWav(Uint8Array.from(bytes), where))[0]?.code).toBe(code);
  });

  test('mutated files end well', () => {
    const whole = wavFile(
      1,
      24,
      2,
      Array.from({ length: 36 }, (_, i) => i * 7),
      [...text('LIST'), ...u32(2), 1, 2],
    );
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 31 - 1), { maxLength: 8 }), fc.option(fc.nat()), (choices, cut) =>
        endsWell(() => mixDown(readWav(mutate(whole, choices, cut), where))),
      ),
      { numRuns: 2000 },
    );
  });

  test.skipIf(!hasShared)('recordings of the test material', () => {
    const yes = readWav(readShared('datasets/audio/tflm_yes_1000ms.wav'), where);
    expect({ rate: yes.sampleRateHz, channels: yes.channels, length: yes.samples.length }).toEqual({
      rate: 16000,
      channels: 1,
      length: 16000,
    });
    expect([...toInt16(yes.samples)]).toEqual([
      ...new Int16Array(readShared('datasets/audio/tflm_yes_1000ms.wav').slice(44).buffer),
    ]);
    const stereo = readWav(readShared('datasets/audio/sww_marvin_617de221_0.wav'), where);
    expect(mixDown(stereo)).toHaveLength(stereo.samples.length / 2);
  });
});

test('mixDown is the mean of a frame', () => {
  const samples = Float32Array.from([1, 0, -0.5, 0.5]);
  expect([...mixDown({ sampleRateHz: 8000, channels: 2, samples })]).toEqual([0.5, 0]);
});

test('toInt16 rounds away from zero and clamps', () => {
  expect([...toInt16(Float32Array.from([1, -1, -2, 0.5 / 32768, -0.5 / 32768, Number.NaN]))]).toEqual([
    32767, -32768, -32768, 1, -1, 0,
  ]);
});

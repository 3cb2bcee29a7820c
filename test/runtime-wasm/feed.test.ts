import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { decodeSample, defaultReadOptions, pictureFeed, type ReadOptions } from '../../cli/input/read-sample.ts';
import type { InputSpec } from '../../cli/input/sample.ts';
import { classesOf, prepared, type withFeed } from '../../runtime-wasm/feed.js';
import { random } from '../backends/wasm/run-graph.ts';

type Feed = Parameters<typeof prepared>[1];
type Info = Parameters<typeof withFeed>[0];

const next = random(5);
const pixels = (width: number, height: number) => ({
  width,
  height,
  data: Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : Math.floor(next() * 256),
  ),
});

function pngOf({ width, height, data }: ReturnType<typeof pixels>): Uint8Array {
  const png = new PNG({ width, height });
  png.data = Buffer.from(data);
  return PNG.sync.write(png);
}

const infoOf = ({ name, dtype, shape, scale, zeroPoint }: InputSpec): Info => ({
  name: 'pictures',
  inputs: {
    [name]: { dtype: dtype as 'int8', shape, ...(scale === null ? {} : { scale, zeroPoint: zeroPoint ?? 0 }) },
  },
  outputs: {},
  labels: null,
});

const spec = (dtype: InputSpec['dtype'], shape: readonly number[], scale: number | null): InputSpec => ({
  name: 'picture',
  dtype,
  shape,
  scale,
  zeroPoint: scale === null ? null : -3,
});

const unit = { scale: 1 / 255, offset: 0, mean: [0], std: [1] };
const spread = { scale: 1, offset: 0.5, mean: [120, 110, 99.5], std: [60, 61, 0.7] };

const cases: readonly (readonly [string, InputSpec, Partial<ReadOptions>])[] = [
  ['int8, smaller', spec('int8', [1, 7, 9, 3], 0.011), { preprocess: unit }],
  ['int8, larger, bilinear', spec('int8', [1, 40, 33, 3], 0.011), { preprocess: unit, resize: 'bilinear' }],
  [
    'channels first, BGR, nearest',
    spec('float32', [1, 3, 8, 6], null),
    { preprocess: spread, color: 'bgr', resize: 'nearest' },
  ],
  ['one channel', spec('int8', [1, 8, 8, 1], 0.004), { preprocess: unit, color: 'grey', fit: 'centre-crop' }],
  ['grey in three', spec('int16', [12, 12, 3], 0.004), { preprocess: spread, color: 'grey' }],
  ['pixels as they are', spec('uint8', [1, 10, 10, 3], 0.004), {}],
  ['the same size', spec('float32', [1, 21, 30, 4], null), { preprocess: unit }],
];

describe('a picture becomes the input that the command line makes of it', () => {
  test.each(cases)('%s', (_, input, choices) => {
    const options = { ...defaultReadOptions, ...choices };
    const { preprocess } = options;
    const isFirst = preprocess !== null && preprocess.mean.length > 1 && input.shape[1] === 3;
    const arithmetic = preprocess === null ? null : { ...preprocess, stride: isFirst ? 48 : 1 };
    const feed: Feed = { kind: 'picture', input: 'picture', arithmetic, ...pictureFeed(input, options) };
    const image = pixels(30, 21);
    const expected = decodeSample(pngOf(image), 'picture', input, options, 'a.png');
    expect(prepared(infoOf(input), feed, image)).toEqual(expected.data);
  });
});

const sound = spec('int8', [1, 8], 0.01);
const soundFeed: Feed = {
  ...{
    kind: 'sound',
    input: 'picture',
    arithmetic: null,
    samples: 8,
    sampleRateHz: 16000,
    length: 'exact',
    features: null,
  },
};
const recording = (sampleRate: number, ...channels: Float32Array[]) => ({
  sampleRate,
  numberOfChannels: channels.length,
  getChannelData: (i: number) => channels[i],
});

describe('sound', () => {
  const samples = Float32Array.from({ length: 8 }, (_, i) => i / 10);
  const half = samples.map((value) => value / 2);

  test('of several channels is their mean', () => {
    const expected = Int8Array.from(half, (value) => Math.round(Math.fround(value) / 0.01) - 3);
    const silence = new Float32Array(8);
    expect(prepared(infoOf(sound), soundFeed, recording(16000, samples, silence))).toEqual(expected);
    expect(prepared(infoOf(sound), soundFeed, half)).toEqual(expected);
  });

  test('is cut or padded where that is declared, and refused otherwise', () => {
    const fit: Feed = { ...soundFeed, kind: 'sound', samples: 8, sampleRateHz: null, length: 'fit', features: null };
    const longer = Float32Array.from({ length: 12 }, (_, i) => i / 10);
    expect(prepared(infoOf(sound), fit, longer)).toEqual(prepared(infoOf(sound), fit, samples));
    expect(prepared(infoOf(sound), fit, samples.subarray(0, 3)).slice(3)).toEqual(new Int8Array(5).fill(-3));
    expect(() => prepared(infoOf(sound), soundFeed, longer)).toThrow('the sound has 12 samples, the model wants 8');
    expect(() => prepared(infoOf(sound), soundFeed, recording(8000, samples))).toThrow(
      'the sound has 8000 samples a second, the model wants 16000; decode it with new OfflineAudioContext(1, 8, 16000)',
    );
  });
});

describe('what is no picture is refused', () => {
  const input = spec('int8', [1, 8, 8, 1], 0.004);
  const feed: Feed = {
    ...{ kind: 'picture', input: 'picture', arithmetic: unit1(), ...pictureFeed(input, defaultReadOptions) },
  };
  test.each([
    [null, 'null is no picture'],
    ['a.png', 'a.png is no picture'],
    [{ width: 4, height: 4, data: new Uint8ClampedArray(4) }, '4 values are no 4 x 4 pixels of RGBA'],
    [{ naturalWidth: 0, naturalHeight: 0 }, 'the picture has no pixels yet'],
  ])('%s', (source, message) => {
    expect(() => prepared(infoOf(input), feed, source)).toThrow(message);
  });

  test('sound, too', () => {
    expect(() => prepared(infoOf(sound), soundFeed, [1, 2])).toThrow('sound has to be an AudioBuffer');
  });
});

function unit1() {
  return { ...unit, stride: 1 };
}

test('classes are the best scores of the first output, with their labels', () => {
  const info: Info = {
    name: 'classes',
    inputs: {},
    outputs: { scores: { dtype: 'int8', shape: [1, 3], scale: 0.5, zeroPoint: 0 } },
    labels: ['ant', 'bee'],
  };
  expect(classesOf(info, { scores: Int8Array.of(3, 9, 9) }, { top: 2 })).toEqual([
    { index: 1, label: 'bee', score: 4.5 },
    { index: 2, label: '2', score: 4.5 },
  ]);
  const real: Info = { ...info, outputs: { scores: { dtype: 'float32', shape: [1, 5] } } };
  const scores = Float32Array.of(0.5, Number.NaN, 0.7, Number.NEGATIVE_INFINITY, Number.NaN);
  expect(classesOf(real, { scores }).map(({ index }) => index)).toEqual([2, 0, 1, 3, 4]);
});

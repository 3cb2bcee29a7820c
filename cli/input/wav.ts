import { fail } from './file.ts';

/** A recording: all channels interleaved, full scale is -1 to 1. */
export interface Recording {
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Frames x channels; integer formats lie in [-1, 1), where the largest 32-bit values round to 1. */
  readonly samples: Float32Array;
}

interface Format {
  readonly encoding: 'pcm' | 'float';
  readonly bits: number;
  readonly channels: number;
  readonly sampleRateHz: number;
}

const maxChannels = 64;

/**
 * A RIFF WAVE file: PCM of 8, 16, 24 or 32 bit and 32-bit float, plain or "extensible".
 * Facts: Multimedia Programming Interface and Data Specifications 1.0 (1991), and Microsoft's WAVEFORMATEXTENSIBLE.
 * Throws ProblemError for anything else.
 */
export function readWav(bytes: Uint8Array, where: string): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || tag(bytes, 0) !== 'RIFF' || tag(bytes, 8) !== 'WAVE') {
    return fail('wav-header', where, 'this is not a RIFF WAVE file', 'convert the recording to 16-bit PCM wav');
  }
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    const name = tag(bytes, at);
    if (name === 'data') {
      if (format === undefined) return fail('wav-header', where, 'the data comes before the format', 'write it anew');
      return decode(bytes, start, size, format, where);
    }
    if (start + size > bytes.length) return fail('wav-size', where, `chunk "${name}" is cut short`, 'copy it again');
    if (name === 'fmt ') format = readFormat(view, start, size, where);
    at = start + size + (size & 1);
  }
  return fail('wav-header', where, 'there is no data chunk', 'convert the recording to 16-bit PCM wav');
}

/** Four characters; bytes outside ASCII letters, digits and blanks show as `?`. */
function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4)).replace(/[^ A-Za-z0-9]/g, '?');
}

function readFormat(view: DataView, start: number, size: number, where: string): Format {
  if (size < 16) return fail('wav-header', where, 'the format chunk is too short', 'write the file anew');
  const extensible = view.getUint16(start, true) === 0xfffe;
  if (extensible && size < 26) return fail('wav-header', where, 'the format chunk is too short', 'write the file anew');
  const code = view.getUint16(extensible ? start + 24 : start, true);
  const channels = view.getUint16(start + 2, true);
  const sampleRateHz = view.getUint32(start + 4, true);
  const frameBytes = view.getUint16(start + 12, true);
  const bits = view.getUint16(start + 14, true);
  const encoding = code === 1 ? 'pcm' : code === 3 ? 'float' : undefined;
  const supported = encoding === 'pcm' ? [8, 16, 24, 32].includes(bits) : encoding === 'float' && bits === 32;
  if (encoding === undefined || !supported) {
    const what = `encoding ${code} with ${bits} bits is not supported`;
    return fail('wav-format', where, what, 'use PCM of 8, 16, 24 or 32 bits, or 32-bit float');
  }
  if (channels < 1 || channels > maxChannels || frameBytes !== (channels * bits) / 8) {
    return fail('wav-format', where, `${channels} channels in frames of ${frameBytes} bytes`, 'write the file anew');
  }
  return { encoding, bits, channels, sampleRateHz };
}

function decode(bytes: Uint8Array, start: number, size: number, format: Format, where: string): Recording {
  // Programs that write to a pipe do not know the size and leave 0xffffffff.
  const available = bytes.length - start;
  const dataBytes = size === 0xffffffff ? available : size;
  if (dataBytes > available) {
    return fail(
      'wav-size',
      where,
      `${dataBytes} bytes of sound are announced, ${available} are there`,
      'copy it again',
    );
  }
  const width = format.bits / 8;
  const frames = Math.floor(dataBytes / (width * format.channels));
  const samples = new Float32Array(frames * format.channels);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, dataBytes);
  const read = reader(view, format);
  for (let i = 0; i < samples.length; i++) samples[i] = read(i * width);
  return { sampleRateHz: format.sampleRateHz, channels: format.channels, samples };
}

function reader(view: DataView, format: Format): (at: number) => number {
  if (format.encoding === 'float') return (at) => view.getFloat32(at, true);
  if (format.bits === 8) return (at) => (view.getUint8(at) - 128) / 2 ** 7;
  if (format.bits === 16) return (at) => view.getInt16(at, true) / 2 ** 15;
  if (format.bits === 24) return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 2 ** 23;
  return (at) => view.getInt32(at, true) / 2 ** 31;
}

/** The mean of all channels, frame by frame. */
export function mixDown(recording: Recording): Float32Array {
  const { channels, samples } = recording;
  if (channels === 1) return samples;
  const mono = new Float32Array(samples.length / channels);
  for (let frame = 0; frame < mono.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[frame * channels + channel] ?? 0;
    mono[frame] = sum / channels;
  }
  return mono;
}

/** 16-bit PCM of float samples: nearest integer of 32768 times the value, ties away from zero, clamped. NaN becomes 0. */
export function toInt16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (value) => {
    const scaled = value * 32768;
    const rounded = scaled < 0 ? -Math.round(-scaled) : Math.round(scaled);
    return Math.min(32767, Math.max(-32768, rounded));
  });
}

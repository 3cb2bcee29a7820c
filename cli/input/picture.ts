import { inflateSync } from 'node:zlib';
import jpegTurbo from '@cwasm/jpeg-turbo';
import { PNG } from 'pngjs';
import type { Picture } from '../../runtime-wasm/pictures.js';
import { fail } from './file.ts';

/** Most pixels of a picture that is decoded. */
export const maxPixels: number = 2 ** 25;

/** Most pixels times scans of a progressive JPEG: each scan visits every pixel, at a cost that its bytes do not show. */
const maxScannedPixels = 2 ** 29;

/** A deflate stream is at most 1032 times smaller than its content (zlib's technical notes). */
const maxDeflateRatio = 1032;

/** A JPEG needs at least one bit for a block of 64 pixels, so 512 pixels a byte; small pictures have room for tables. */
const maxJpegPixelsPerByte = 512;

const brokenAdvice = 'open it in a picture program and save it again';

/**
 * The picture in a PNG (as RGBA, 16-bit values cut to 8) or JPEG file (as RGB).
 * Throws ProblemError for other or broken files, and for files that announce more pixels than their bytes can hold.
 */
export function decodePicture(bytes: Uint8Array, where: string): Picture {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return decodePng(bytes, where);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return decodeJpeg(bytes, where);
  return fail('picture-format', where, 'this is neither a PNG nor a JPEG file', 'convert the picture to PNG');
}

function decodePng(bytes: Uint8Array, where: string): Picture {
  if (bytes.length < 33) return fail('picture-broken', where, 'the PNG file is cut short', brokenAdvice);
  const header = new DataView(bytes.buffer, bytes.byteOffset, 33);
  const width = header.getUint32(16);
  const height = header.getUint32(20);
  checkSize(width, height, where);
  const samples = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[header.getUint8(25)] ?? 1;
  const rawBytes = Math.ceil((width * samples * header.getUint8(24)) / 8) * height;
  if (rawBytes > bytes.length * maxDeflateRatio) {
    return fail(
      'picture-broken',
      where,
      `${width} x ${height} pixels cannot be in ${bytes.length} bytes`,
      brokenAdvice,
    );
  }
  // One filter byte for each row; the seven passes of an interlaced picture have up to two rows for each.
  const isInterlaced = header.getUint8(28) !== 0;
  checkPngData(bytes, isInterlaced ? rawBytes : rawBytes + height, rawBytes + 16 * height + 64, where);
  const image = guard(where, () => PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
  return { width: image.width, height: image.height, channels: 4, data: new Uint8Array(image.data) };
}

/**
 * Sees that the pixel data has at least `wantedBytes`, since the decoder fills up what is missing, and at most
 * `limitBytes`, since it inflates interlaced pictures without a limit.
 */
function checkPngData(bytes: Uint8Array, wantedBytes: number, limitBytes: number, where: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const isData = view.getUint32(at + 4) === 0x49444154;
    if (isData) parts.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const found = guard(where, () => inflateSync(Buffer.concat(parts), { maxOutputLength: limitBytes })).length;
  if (found >= wantedBytes) return;
  fail('picture-broken', where, `${found} of ${wantedBytes} bytes of pixels are there`, brokenAdvice);
}

function decodeJpeg(bytes: Uint8Array, where: string): Picture {
  const { width, height, scans } = scanJpeg(bytes, where);
  checkSize(width, height, where);
  const pixels = width * height;
  if (pixels > 2 ** 16 + bytes.length * maxJpegPixelsPerByte || pixels * scans > maxScannedPixels) {
    const what = `${width} x ${height} pixels in ${scans} scans cannot be in ${bytes.length} bytes`;
    return fail('picture-broken', where, what, brokenAdvice);
  }
  const image = guard(where, () => jpegTurbo.decode(bytes));
  return { width: image.width, height: image.height, channels: 3, data: withoutAlpha(image.data) };
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) rgb.set(rgba.subarray(from, from + 3), to);
  return rgb;
}

/** Size in the frame header, and an upper bound of the number of scans. */
function scanJpeg(bytes: Uint8Array, where: string): { width: number; height: number; scans: number } {
  let scans = 0;
  for (let i = 0; i + 1 < bytes.length; i++) if (bytes[i] === 0xff && bytes[i + 1] === 0xda) scans++;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 9 <= bytes.length; ) {
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff || marker === 0xff) {
      at++;
      continue;
    }
    // Frame headers are C0 to CF without DHT (C4), JPG (C8) and DAC (CC): ITU-T T.81, table B.1.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5), scans };
    at += 2 + view.getUint16(at + 2);
  }
  return fail('picture-broken', where, 'the JPEG file has no frame header', brokenAdvice);
}

function checkSize(width: number, height: number, where: string): void {
  if (width < 1 || height < 1) fail('picture-broken', where, `it is ${width} x ${height} pixels large`, brokenAdvice);
  if (width * height <= maxPixels) return;
  fail('picture-too-large', where, `it is ${width} x ${height} pixels large`, `use up to ${maxPixels} pixels`);
}

/** The decoders throw plain errors about files. */
function guard<T>(where: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail('picture-broken', where, `it cannot be decoded (${reason})`, brokenAdvice);
  }
}

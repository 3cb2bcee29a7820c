// @ts-check
/*
 * Arrays of NumPy's .npy files (format versions 1 to 3), and numbers in a text.
 */

/** @typedef {{ readonly kind: string, readonly shape: readonly number[], readonly data: ArrayLike<number> }} NumberArray */

/** @type {{ readonly [descr: string]: { readonly kind: string, readonly array: any } }} */
const kinds = {
  '<f4': { kind: 'float32', array: Float32Array },
  '<f8': { kind: 'float64', array: Float64Array },
  '|i1': { kind: 'int8', array: Int8Array },
  '|u1': { kind: 'uint8', array: Uint8Array },
  '|b1': { kind: 'bool', array: Uint8Array },
  '<i2': { kind: 'int16', array: Int16Array },
  '<u2': { kind: 'uint16', array: Uint16Array },
  '<i4': { kind: 'int32', array: Int32Array },
  '<u4': { kind: 'uint32', array: Uint32Array },
  '<i8': { kind: 'int64', array: BigInt64Array },
};

/**
 * Throws TypeError for what is no array that can be read.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {NumberArray}
 */
export function readNpy(bytes) {
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== '\x93NUMPY') throw new TypeError('it is no .npy file; write it with numpy.save');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isShort = bytes[6] === 1;
  const start = isShort ? 10 : 12;
  const length = bytes.length < 12 ? 0 : isShort ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? 'nothing';
  const found = kinds[descr];
  if (found === undefined) throw new TypeError(`it holds elements of type ${descr}; save it as float32 or int8`);
  if (!/'fortran_order':\s*False/.test(header)) {
    throw new TypeError('its elements stand column by column; save numpy.ascontiguousarray(array)');
  }
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '').split(',').filter((part) => part.trim() !== '');
  const sizes = shape.map(Number);
  const count = sizes.reduce((product, size) => product * size, 1);
  const end = start + length + count * found.array.BYTES_PER_ELEMENT;
  if (!(count >= 0) || end > bytes.length) throw new TypeError('it is cut short; copy it again');
  const data = new found.array(bytes.slice(start + length, end).buffer);
  return { kind: found.kind, shape: sizes, data: found.kind === 'int64' ? Float64Array.from(data, Number) : data };
}

/**
 * Numbers with blanks, commas, semicolons, line breaks or brackets between. Throws TypeError for any other word.
 * @param {string} text
 * @returns {number[]}
 */
export function readNumbers(text) {
  const parts = text.split(/[\s,;[\](){}]+/).filter((part) => part !== '');
  const bad = parts.find((part) => !Number.isFinite(Number(part)));
  if (bad !== undefined) throw new TypeError(`"${bad.slice(0, 40)}" is no number; write decimal numbers`);
  if (parts.length === 0) throw new TypeError('there are no numbers; write some, with blanks or commas between');
  return parts.map(Number);
}

/** One field of a protobuf message as it lies in the file: its number and where its content is. */
export interface WireField {
  readonly field: number;
  readonly wire: number;
  readonly start: number;
  readonly end: number;
}

/** Content that is a message, a string or bytes. */
export const lengthDelimited = 2;

/**
 * The fields of the message that `bytes` holds from `start` to `end`, in the order of the file. Ends silently where tags and
 * lengths stop making sense: whoever decodes the message says why.
 */
export function* wireFields(bytes: Uint8Array, start: number, end: number): Generator<WireField> {
  let position = start;
  while (position < end) {
    const [tag, afterTag] = varint(bytes, position);
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    let content = afterTag;
    if (wire === 0) position = varint(bytes, afterTag)[1];
    else if (wire === 1) position = afterTag + 8;
    else if (wire === 5) position = afterTag + 4;
    else if (wire === lengthDelimited) {
      const [length, after] = varint(bytes, afterTag);
      content = after;
      position = after + length;
    } else if (wire === 3 || wire === 4) position = afterTag;
    else return;
    yield { field, wire, start: content, end: position };
  }
}

/** The messages, strings or byte lists in field `field` of a message. */
export function contentsOf(bytes: Uint8Array, field: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const { field: number, wire, start, end } of wireFields(bytes, 0, bytes.length)) {
    if (number === field && wire === lengthDelimited && end <= bytes.length) found.push(bytes.subarray(start, end));
  }
  return found;
}

/** A varint and the position after it; past the end everything reads as 0. */
function varint(bytes: Uint8Array, start: number): [value: number, end: number] {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i] ?? 0;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return [value, start + i + 1];
  }
  return [value, start + 10];
}

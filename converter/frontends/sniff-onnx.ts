const varint = 0;
const lengthDelimited = 2;

/** Wire types of the fields of ONNX's ModelProto (onnx.proto, message ModelProto). */
const modelProtoWireTypes: ReadonlyMap<number, number> = new Map([
  [1, varint], // ir_version
  [2, lengthDelimited], // producer_name
  [3, lengthDelimited], // producer_version
  [4, lengthDelimited], // domain
  [5, varint], // model_version
  [6, lengthDelimited], // doc_string
  [7, lengthDelimited], // graph
  [8, lengthDelimited], // opset_import
  [14, lengthDelimited], // metadata_props
  [20, lengthDelimited], // training_info
  [25, lengthDelimited], // functions
  [26, lengthDelimited], // configuration
]);

const irVersionField = 1;
const producerField = 2;
const graphField = 7;
/** Far above what has been released (13), far below what random bytes give. */
const irVersionLimit = 1000;

interface Varint {
  readonly value: number;
  readonly end: number;
}

/**
 * Whether the bytes look like a serialised ONNX ModelProto: a sequence of its fields with their wire types, with a plausible
 * ir_version, a printable producer, and a graph. ONNX files have no magic number. A file that was cut inside its graph is
 * still recognised, so that the reader can say what is missing.
 */
export function looksLikeOnnx(bytes: Uint8Array): boolean {
  let hasVersion = false;
  let hasGraph = false;
  let position = 0;
  while (position < bytes.length) {
    const tag = readVarint(bytes, position);
    if (tag === null) return false;
    const field = Math.floor(tag.value / 8);
    if (modelProtoWireTypes.get(field) !== tag.value % 8) return false;
    const head = readVarint(bytes, tag.end);
    if (head === null) return false;
    if (field === irVersionField) {
      if (head.value < 1 || head.value > irVersionLimit) return false;
      hasVersion = true;
    }
    if (field === producerField && !isPrintable(bytes.subarray(head.end, head.end + head.value))) return false;
    if (field === graphField) hasGraph = true;
    if (hasVersion && hasGraph) return true;
    position = tag.value % 8 === varint ? head.end : head.end + head.value;
  }
  return false;
}

function readVarint(bytes: Uint8Array, start: number): Varint | null {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return null;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, end: start + i + 1 };
  }
  return null;
}

function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 32 && byte !== 127);
}

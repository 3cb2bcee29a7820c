import { readOnnxModel } from './frontends/onnx/format/read.ts';
import { sniffFormat } from './frontends/sniff.ts';
import { readTfliteModel } from './frontends/tflite/format/read.ts';

/** The name under which a model file that we wrote says how its inputs are prepared; other readers pass over it. */
export const preprocessingMetadata = 'thimble.preprocessing';

/** What a TFLite or ONNX file says of the preparation of its inputs; null where it says nothing. Throws ProblemError for damaged files. */
export function preprocessingText(bytes: Uint8Array, fileName: string): string | null {
  const { format } = sniffFormat(bytes, fileName);
  if (!holds(bytes, preprocessingMetadata)) return null;
  if (format === 'onnx') return readOnnxModel(bytes, () => null).metadata.get(preprocessingMetadata) ?? null;
  if (format !== 'tflite') return null;
  const entry = readTfliteModel(bytes).metadata.find(({ name }) => name === preprocessingMetadata);
  return entry === undefined ? null : new TextDecoder().decode(entry.data);
}

/** Whether the name occurs at all, which is cheaper to see than what a file says. */
function holds(bytes: Uint8Array, name: string): boolean {
  const text = new TextEncoder().encode(name);
  const [first = 0] = text;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (text.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

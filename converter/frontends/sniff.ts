import { type Problem, ProblemError } from '../problem.ts';
import { looksLikeOnnx } from './sniff-onnx.ts';

/**
 * What a model file is. Keras: `h5` is HDF5, the container of older models, `keras` the archive of newer ones, `keras-json` an
 * architecture without weights. `tfjs` is the model.json of TensorFlow.js.
 */
export type ModelFormat = 'tflite' | 'onnx' | 'h5' | 'keras' | 'keras-json' | 'tfjs';

/**
 * Tells the format of a model by its content. The file name serves messages only: a wrong extension is no fault.
 *
 * A recognised format is returned whether or not there is a reader for it.
 *
 * @param fileName for messages, and for advice that depends on the tool the extension belongs to
 * @throws ProblemError for everything that is no model, saying what it is and what to do about it
 */
export function sniffFormat(bytes: Uint8Array, fileName: string): { readonly format: ModelFormat } {
  if (startsWith(bytes, 'TFL3', 4)) return { format: 'tflite' };
  if (startsWith(bytes, '\x89HDF\r\n\x1a\n')) return { format: 'h5' };
  if (looksLikeOnnx(bytes)) return { format: 'onnx' };
  if (looksLikeKerasArchive(bytes)) return { format: 'keras' };
  const json = jsonFormat(bytes);
  if (json !== null) return { format: json };
  const fault = faultOf(bytes, fileName);
  throw new ProblemError({ ...fault, where: fileName });
}

/** A zip archive whose list of files, which stands at its end, names the weights of a Keras model. */
function looksLikeKerasArchive(bytes: Uint8Array): boolean {
  if (!startsWith(bytes, 'PK\x03\x04')) return false;
  return new TextDecoder('latin1').decode(bytes.subarray(-(2 ** 16))).includes('model.weights.h5');
}

/** Most bytes of a JSON text that are searched for what it is: 64 MiB, more than any topology has. */
const jsonLimitBytes = 2 ** 26;

function jsonFormat(bytes: Uint8Array): 'keras-json' | 'tfjs' | null {
  if (bytes.length > jsonLimitBytes || !/^\s*\{/.test(textOf(bytes) ?? '')) return null;
  const text = new TextDecoder().decode(bytes);
  if (text.includes('"modelTopology"')) return 'tfjs';
  return text.includes('"class_name"') && text.includes('"config"') ? 'keras-json' : null;
}

type Fault = Omit<Problem, 'where'>;

const giveModel = 'give a .tflite, .onnx, .h5, .keras or TensorFlow.js file';

function faultOf(bytes: Uint8Array, fileName: string): Fault {
  if (bytes.length === 0) {
    return { code: 'model-empty', what: 'the file is empty', advice: 'download or export the model again' };
  }
  return binaryFault(bytes, fileName) ?? textFault(bytes) ?? unknownFault(bytes, fileName);
}

function binaryFault(bytes: Uint8Array, fileName: string): Fault | null {
  if (startsWith(bytes, 'PK\x03\x04') || startsWith(bytes, 'PK\x05\x06')) {
    return { code: 'model-zip', what: 'this is a zip archive, not a model file', advice: zipAdvice(fileName) };
  }
  if (startsWith(bytes, '\x1f\x8b')) {
    const advice = `decompress it (gzip -d or tar -xzf) and ${giveModel} from it`;
    return { code: 'model-gzip', what: 'the file is compressed with gzip', advice };
  }
  if (startsWith(bytes, '\x80\x02') || startsWith(bytes, '\x80\x04')) {
    const advice = 'a pickle holds Python code, not a graph: export the model with torch.onnx.export or the like';
    return { code: 'model-pickle', what: 'this is a Python pickle, as older PyTorch versions write it', advice };
  }
  return null;
}

function zipAdvice(fileName: string): string {
  const extension = extensionOf(fileName);
  if (['pt', 'pth', 'ckpt', 'pt2'].includes(extension)) {
    return 'PyTorch files hold no portable graph: export the model with torch.onnx.export';
  }
  if (extension === 'keras') return 'it lacks the weights of a Keras model: download or save it again';
  return `unpack it and ${giveModel} from it`;
}

const textSampleBytes = 4096;

function textFault(bytes: Uint8Array): Fault | null {
  const text = textOf(bytes);
  if (text === null) return null;
  const start = text.trimStart().toLowerCase();
  if (start.startsWith('version https://git-lfs')) {
    return {
      code: 'model-lfs-pointer',
      what: 'this is a Git LFS pointer, the placeholder of a file that was not downloaded',
      advice: 'run "git lfs pull" in the repository, or download the file itself',
    };
  }
  if (start.startsWith('<!doctype html') || start.startsWith('<html') || start.startsWith('<head')) {
    return {
      code: 'model-html',
      what: 'this is a web page, not a model',
      advice: 'download the file itself: on a repository page use the "raw" or "download" link',
    };
  }
  if (start.startsWith('<?xml') || start.startsWith('<')) {
    const advice = `${giveModel}; an error page of a download server looks like this too`;
    return { code: 'model-xml', what: 'this is an XML document, not a model', advice };
  }
  if (/^[{[]/.test(start)) return { code: 'model-json', what: 'this is JSON, not a model file', advice: giveModel };
  return { code: 'model-text', what: 'this is text, not a model', advice: giveModel };
}

/** The first bytes as text, or null when they are not text: ill-formed UTF-8 or control characters. */
function textOf(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, textSampleBytes);
  for (const byte of sample) if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13) return null;
  try {
    // `stream` lets the sample end inside a character.
    return new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
  } catch {
    return null;
  }
}

function unknownFault(bytes: Uint8Array, fileName: string): Fault {
  const extension = extensionOf(fileName);
  const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const what = `the content is no model format that is known here (${bytes.length} bytes, beginning ${first})`;
  if (extension === 'tflite' || extension === 'onnx' || extension === 'h5') {
    return { code: 'model-unknown', what, advice: 'the file is damaged or was cut short: download or export it again' };
  }
  if (extension === 'pb') {
    return {
      code: 'model-unknown',
      what,
      advice: 'convert TensorFlow graphs with tf.lite.TFLiteConverter (saved models by their folder)',
    };
  }
  return { code: 'model-unknown', what, advice: giveModel };
}

function extensionOf(fileName: string): string {
  return /\.([a-z0-9]+)$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

function startsWith(bytes: Uint8Array, ascii: string, offset = 0): boolean {
  if (bytes.length < offset + ascii.length) return false;
  for (let i = 0; i < ascii.length; i++) if (bytes[offset + i] !== ascii.charCodeAt(i)) return false;
  return true;
}

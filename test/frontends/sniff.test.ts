import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sniffFormat } from '../../converter/frontends/sniff.ts';
import { ProblemError } from '../../converter/problem.ts';
import { hasShared, readShared, sharedDir } from '../support/shared.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** ir_version 8, producer "pytorch", a graph of three bytes. */
const onnx = bytesOf('\x08\x08\x12\x07pytorch\x3a\x03\x12\x01g');

describe('models', () => {
  test.each([
    ['model.tflite', bytesOf('\x1c\0\0\0TFL3 and so on'), 'tflite'],
    ['weights.bin', bytesOf('\x1c\0\0\0TFL3 and so on'), 'tflite'],
    ['model.onnx', onnx, 'onnx'],
    ['model.tflite', onnx, 'onnx'],
    ['cut.onnx', bytesOf('\x08\x08\x12\x07pytorch\x3a\xff\xff\x03\x12\x01g'), 'onnx'],
    ['graph-first.onnx', bytesOf('\x3a\x03\x12\x01g\x08\x08'), 'onnx'],
    ['model.h5', bytesOf('\x89HDF\r\n\x1a\n\0\0\0\0'), 'h5'],
    ['model.keras', bytesOf('PK\x03\x04 config.json model.weights.h5'), 'keras'],
    ['model.json', bytesOf('{"class_name": "Sequential", "config": []}'), 'keras-json'],
    ['model.json', bytesOf(`\n{"format": "${'x'.repeat(5000)}", "modelTopology": {}}`), 'tfjs'],
  ])('%s', (name, bytes, format) => {
    expect(sniffFormat(bytes, name)).toEqual({ format });
  });
});

describe('no models', () => {
  test.each([
    ['model.tflite', '', 'model-empty', /again/],
    [
      'model.tflite',
      'version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 9\n',
      'model-lfs-pointer',
      /git lfs pull/,
    ],
    ['model.tflite', '\n<!DOCTYPE html><html></html>', 'model-html', /raw/],
    ['model.tflite', '<?xml version="1.0"?><Error/>', 'model-xml', /error page/],
    ['model.json', '{"class_name": "Sequential"}', 'model-json', /\.tflite, \.onnx/],
    ['model.json', '[1, 2]', 'model-json', /\.tflite, \.onnx/],
    ['model.zip', 'PK\x03\x04abc', 'model-zip', /unpack/],
    ['model.pt', 'PK\x03\x04abc', 'model-zip', /torch\.onnx\.export/],
    ['model.keras', 'PK\x03\x04abc', 'model-zip', /lacks the weights/],
    ['model.tflite.gz', '\x1f\x8b\x08\0', 'model-gzip', /decompress/],
    ['model.pth', '\x80\x02}q\0', 'model-pickle', /torch\.onnx\.export/],
    ['notes.md', 'hello', 'model-text', /\.tflite, \.onnx/],
    ['model.tflite', '\x1c\0\0', 'model-unknown', /cut short/],
    ['saved_model.pb', '\x08\x01\x12\x05\x0a\x03\x12\x01x', 'model-unknown', /TFLiteConverter/],
    ['data.bin', '\x08\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff', 'model-unknown', /\.tflite, \.onnx/],
  ])('%s beginning %j: %s', (name, text, code, advice) => {
    try {
      sniffFormat(bytesOf(text), name);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      expect(error.problems).toMatchObject([{ code, where: name }]);
      expect(error.problems[0]?.advice).toMatch(advice);
      return;
    }
    expect.fail('it was taken for a model');
  });
});

describe.skipIf(!hasShared)('collected files', () => {
  test.each(['onnx', 'onnx_export', 'onnx_ml', 'onnx_graphs', 'onnx_conformance', 'keras', 'tfjs'])(
    'models/%s',
    (folder) => {
      const files = readdirSync(`${sharedDir}models/${folder}`, { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.isFile() && /\.(onnx|h5|json)$/.test(entry.name),
      );
      expect(files.length).toBeGreaterThan(0);
      for (const entry of files) {
        const path = `${entry.parentPath}/${entry.name}`.slice(sharedDir.length);
        const json = folder === 'tfjs' ? 'tfjs' : 'keras-json';
        const expected = entry.name.endsWith('.h5') ? 'h5' : entry.name.endsWith('.json') ? json : 'onnx';
        expect(sniffFormat(readShared(path), path), path).toEqual({ format: expected });
      }
    },
  );
});

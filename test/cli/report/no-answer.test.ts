import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeNpy } from '../../../cli/input/npy.ts';
import { reportSchema } from '../../../cli/report/schema.ts';
import { exportTflite } from '../../../converter/exporters/tflite/export.ts';
import { parseGraph } from '../../../converter/ir/parse.ts';
import { inFolder, runJson } from '../run-cli.ts';

it('NaN is the answer of no sample: others decide, and where there is none, nothing is right', () =>
  inFolder(async (folder) => {
    // x / x is NaN where x is 0.
    const graph = parseGraph(`
      graph "g" producer="test" rounding=exact
      input %0 "x": float32 1x2
      %1 "y": float32 1x2 = zip(%0, %0) {"clamp":{"max":"inf","min":"-inf"},"fn":"div"} from "DIV y"
      output "y" %1`);
    const model = join(folder, 'g.tflite');
    writeFileSync(model, exportTflite(graph, '0', new Map()));
    const samples = [
      { name: 'a', data: [0, 1], label: 1 },
      { name: 'b', data: [0, 0], label: 0 },
      { name: 'c', data: [2, 0], label: 0 },
    ];
    mkdirSync(join(folder, 's'));
    for (const { name, data } of samples) {
      const bytes = writeNpy({ dtype: 'float32', shape: [1, 2], data: Float32Array.from(data) });
      writeFileSync(join(folder, 's', `${name}.npy`), bytes);
    }
    writeFileSync(join(folder, 's.csv'), samples.map(({ name, label }) => `${name}.npy,${label}\n`).join(''));
    const argv = [
      '--samples',
      join(folder, 's'),
      '--labels',
      join(folder, 's.csv'),
      '--target',
      'rpi5',
      '--to',
      'wasm',
    ];
    const { code, value } = await runJson(['report', model, ...argv]);
    expect(code).toBe(0);
    const { accuracy, notes } = reportSchema.parse(value);
    expect(accuracy?.right).toEqual({ before: null, now: 2, of: 3 });
    expect(notes).toContain('1 samples have no answer, since all values are NaN: they are not right.');
  }));

import { describe, expect, it } from 'vitest';
import { accuracyRows } from '../../bench/accuracy/rows.ts';
import { readAnchors } from '../../bench/anchors.ts';
import { floatModels } from '../../bench/floats/measure.ts';
import { mcuModels } from '../../bench/mcu/models.ts';
import { root } from '../../bench/places.ts';
import { randomBytes, randomFloats } from '../../bench/random-bytes.ts';
import { wasmModels } from '../../bench/wasm/models.ts';
import { hasShared, readShared } from '../support/shared.ts';

const anchors = readAnchors(root);

describe('anchors.json', () => {
  it('knows every model that is measured, except our own example', () => {
    const without = (ids: readonly string[], known: object) => ids.filter((id) => !(id in known));
    expect(
      without(
        mcuModels.map(({ id }) => id),
        anchors.mcu.models,
      ),
    ).toEqual(['digits']);
    expect(floatModels.map(({ id }) => id)).toEqual(Object.keys(anchors.floats.models));
    const wasm = wasmModels.map(({ id }) => id);
    expect(without(wasm, anchors.wasm.latencyMs)).toEqual(['digits-int8', 'digits-float']);
    const rows = Object.fromEntries(anchors.accuracy.rows.map((row) => [row.id, row]));
    expect(
      without(
        accuracyRows.map(({ id }) => id),
        rows,
      ),
    ).toEqual([]);
  });

  it('has layers that add up to the whole, but for the interpreter between them', () => {
    for (const [id, { layers, instructions }] of Object.entries(anchors.mcu.models)) {
      if (layers.length === 0) continue;
      for (const kind of ['cmsisNn', 'reference'] as const) {
        const sum = layers.reduce((total, layer) => total + layer[kind], 0);
        expect(sum, id).toBeLessThanOrEqual(instructions[kind]);
        expect(instructions[kind] - sum, id).toBeLessThan(2000);
      }
    }
  });
});

describe.skipIf(!hasShared)('anchors.json against the published tables', () => {
  const text = new TextDecoder().decode(hasShared ? readShared('anchors/mcu.md') : new Uint8Array());
  /** The cells of the row of `model` in the table below `heading`. */
  const cells = (heading: string, model: string): string[] => {
    const below = text.slice(text.indexOf(heading));
    const row = new RegExp(`^\\| ${model} \\|(.*)\\|$`, 'm').exec(below)?.[1] ?? '';
    return row.split('|').map((cell) => cell.trim().replaceAll(',', ''));
  };
  const published = (id: string) => (id === 'sww' ? 'strww' : id);

  it.each(Object.entries(anchors.mcu.models))('has the figures of %s', (id, anchor) => {
    const name = published(id);
    const [macs, cmsisNn, , , reference] = cells('## Instructions per inference', name).map(Number);
    expect([anchor.macs, anchor.instructions.cmsisNn, anchor.instructions.reference]).toEqual([
      macs,
      cmsisNn,
      reference,
    ]);
    const ram = cells('## RAM', name).map(Number);
    const { cmsisNnRam, referenceRam } = anchor;
    expect([cmsisNnRam.arenaBytes, cmsisNnRam.nonPersistentBytes, cmsisNnRam.stackBytes]).toEqual([
      ram[0],
      ram[1],
      ram[7],
    ]);
    expect([referenceRam.arenaBytes, referenceRam.nonPersistentBytes, referenceRam.stackBytes]).toEqual([
      ...[ram[5], ram[6], ram[9]],
    ]);
    const flash = cells('## Flash without the model', name).map((cell) => Number.parseInt(cell, 10));
    const { modelBytes, weightBytes, cmsisNnO3Bytes, referenceO3Bytes, referenceOsBytes } = anchor.flash;
    expect([modelBytes, weightBytes, cmsisNnO3Bytes]).toEqual(flash.slice(0, 3));
    expect([referenceO3Bytes, referenceOsBytes]).toEqual(flash.slice(9, 11));
  });

  const others = Object.entries(anchors.mcu.otherProcessors).flatMap(([cpu, models]) =>
    Object.entries(models).map(([id, instructions]) => [cpu, id, instructions] as const),
  );
  it.each(others)('has the instructions on %s of %s', (cpu, id, instructions) => {
    const column = cpu === 'cortex-m7' ? 1 : 2;
    const all = cells('## Instructions per inference', published(id)).map(Number);
    const fastest = Number(cells('### The bar', published(id))[2 * column]);
    expect(instructions).toEqual({
      cmsisNn: all[1 + column],
      cmsisNnFastest: fastest,
      reference: all[4 + column],
    });
  });

  const rowNames: Readonly<Record<string, string>> = {
    ...{ kws_float: 'kws', ad_float: 'ad01', ic_float: 'resnet8', vww_float: 'vww' },
  };
  it.each(Object.entries(anchors.floats.models))('has the float32 figures of %s', (id, { instructions, ramBytes }) => {
    for (const cpu of ['cortex-m4', 'cortex-m7'] as const) {
      const row = cells('## onnx2c', `${rowNames[id]} f32 \\| ${cpu.slice(-2)} -O3`).map(Number);
      expect([instructions[cpu], ramBytes], cpu).toEqual([row[0], row[3]]);
    }
  });

  it('has the counts of the reference runtime', () => {
    const accuracy = new TextDecoder().decode(readShared('anchors/reference-accuracy.md'));
    const count = (id: string) => anchors.accuracy.rows.find((row) => row.id === id);
    expect(accuracy).toContain(
      `| mlperf_kws_int8 | kws01 int8 features as they are | ${count('kws-int8')?.right} / 500 |`,
    );
    expect(accuracy).toContain(
      `| mlperf_ic_resnet8_int8 | cifar10 jpg, value-128 | ${count('ic-int8')?.right} / 200 |`,
    );
  });

  it('was made with our pseudo-random input', () => {
    const input = readShared('models/golden/tflm/kws/input_1.bin');
    expect(randomBytes(input.length)).toEqual(input);
  });
});

describe('pseudo-random input', () => {
  it('has floats in [-1, 1) without denormals', () => {
    const values = randomFloats(10_000);
    expect(values.every((value) => value >= -1 && value < 1 && (value === 0 || Math.abs(value) > 1e-30))).toBe(true);
    expect(new Set(values).size).toBeGreaterThan(9_900);
  });
});

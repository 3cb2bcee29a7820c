import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Report, reportSchema } from '../../../cli/report/schema.ts';
import { digitsInt8, runJson } from '../run-cli.ts';
import { writeTiny } from './tiny.ts';

/** What other commands say of the same model, as far as it stands in a report. */
const inspected = z.looseObject({
  model: z.looseObject({ sha256: z.string(), bytes: z.number(), producer: z.string() }),
  inputs: z.array(z.unknown()),
  operators: z.array(z.looseObject({ name: z.string(), macs: z.number(), parameterBytes: z.number() })),
  totals: z.looseObject({ macs: z.number(), parameterBytes: z.number() }),
  plan: z.looseObject({ arenaBytes: z.number(), lowerBoundBytes: z.number(), stateBytes: z.number() }),
});
const planned = z.looseObject({
  peak: z.looseObject({ step: z.number(), culprits: z.array(z.looseObject({ bytes: z.number() })) }),
  steps: z.array(z.looseObject({ name: z.string(), usedBytes: z.number() })),
  placements: z.array(z.looseObject({ offset: z.number(), bytes: z.number(), start: z.number(), end: z.number() })),
});
const estimated = z.looseObject({
  targets: z.array(
    z.looseObject({
      target: z.string(),
      estimate: z.looseObject({
        us: z.number(),
        cycles: z.number(),
        betweenCycles: z.number(),
        rangeUs: z.unknown(),
        layers: z.array(z.looseObject({ cycles: z.number(), bound: z.string() })),
      }),
      fit: z.looseObject({ fits: z.boolean() }).nullable(),
    }),
  ),
});

const jsonOf = async (...argv: readonly string[]) => {
  const { code, value } = await runJson(argv);
  expect(code).toBe(0);
  return value;
};

const targets = 'nano33ble,rpi5';

describe.each(['c', 'wasm'] as const)('a report for %s has the numbers of', (to) => {
  const made = (async () => reportSchema.parse(await jsonOf('report', digitsInt8, '--to', to, '--target', targets)))();
  const sum = (report: Report, key: 'macs' | 'parameterBytes') =>
    report.graph.layers.reduce((total, layer) => total + layer[key], 0);

  it('inspect: parameters, MACs, arena, hash, inputs', async () => {
    const report = await made;
    const { model, inputs, operators, totals, plan } = inspected.parse(await jsonOf('inspect', digitsInt8, '--to', to));
    expect(report.model).toMatchObject({ sha256: model.sha256, producer: model.producer, inputs, ...totalsOf(totals) });
    expect([sum(report, 'macs'), sum(report, 'parameterBytes')]).toEqual([totals.macs, totals.parameterBytes]);
    expect(report.sizes).toMatchObject({ modelFileBytes: model.bytes, parameterBytes: totals.parameterBytes });
    expect(report.memory).toMatchObject({
      for: to,
      arenaBytes: plan.arenaBytes,
      lowerBoundBytes: plan.lowerBoundBytes,
      stateBytes: plan.stateBytes,
    });
    expect(report.stages).toEqual([
      {
        ...{ name: 'original', ...totalsOf(totals), arenaBytes: plan.arenaBytes },
        ...{ latencyUs: report.latency[0]?.us, accuracy: null, by: 'digits_int8.tflite' },
      },
    ]);
    for (const { name, macs, parameterBytes } of operators) {
      const own = report.graph.layers.filter((layer) => layer.name === name);
      expect(own.reduce((total, layer) => total + layer.macs, 0)).toBe(macs);
      expect(own.reduce((total, layer) => total + layer.parameterBytes, 0)).toBe(parameterBytes);
    }
  });

  it('plan: steps, buffers and the peak with what holds it', async () => {
    const { memory, graph } = await made;
    const { peak, steps, placements } = planned.parse(await jsonOf('plan', digitsInt8, '--to', to));
    expect(memory.steps).toEqual(steps.map(({ usedBytes }, layer) => ({ layer, liveBytes: usedBytes })));
    expect(graph.layers.map(({ name }) => name)).toEqual(steps.map(({ name }) => name));
    expect(memory.buffers.map(({ offset, bytes, first, last }) => [offset, bytes, first, last])).toEqual(
      placements.map(({ offset, bytes, start, end }) => [offset, bytes, start, end - 1]),
    );
    expect(memory.peak.step).toBe(peak.step);
    expect(memory.peak.culprits.map((index) => memory.buffers[index]?.bytes)).toEqual(
      peak.culprits.map(({ bytes }) => bytes),
    );
  });

  it('estimate: times of the whole and of layers, and what fits', async () => {
    const report = await made;
    const rows = estimated.parse(await jsonOf('estimate', digitsInt8, '--target', targets)).targets;
    expect(report.latency.map(({ target }) => target)).toEqual(rows.map(({ target }) => target));
    report.latency.forEach(({ us, rangeUs, layers, fits }, i) => {
      const { estimate, fit } = rows[i] ?? expect.fail('no row');
      expect([us, rangeUs, fits]).toEqual([estimate.us, estimate.rangeUs, fit?.fits ?? null]);
      const between = (estimate.betweenCycles * us) / estimate.cycles;
      const inLayers = layers.reduce((total, layer) => total + layer.us, 0);
      expect(Math.abs(inLayers + between - us)).toBeLessThan(0.002 * us);
    });
    // In the program that is shown, each step is a layer.
    const own = report.latency[to === 'c' ? 0 : 1];
    const { estimate } = rows[to === 'c' ? 0 : 1] ?? expect.fail('no row');
    expect(own?.layers.map(({ bound }) => bound)).toEqual(estimate.layers.map(({ bound }) => bound));
    own?.layers.forEach(({ us }, i) => {
      expect(us).toBeCloseTo(((estimate.layers[i]?.cycles ?? 0) * own.us) / estimate.cycles, 0);
    });
  });

  it('convert: what a run takes in all, and the sizes of files', async () => {
    const { memory, sizes } = await made;
    const converted = z
      .looseObject({
        memory: z
          .looseObject({ sramBytes: z.number(), stackBoundBytes: z.number(), constantBytes: z.number() })
          .nullable(),
        sizes: z.array(z.object({ name: z.string(), bytes: z.number() })),
      })
      .parse(await jsonOf('convert', digitsInt8, '--to', to, '--dry-run'));
    const use = converted.memory;
    expect([memory.sramBytes, memory.stackBytes]).toEqual([use?.sramBytes ?? null, use?.stackBoundBytes ?? null]);
    const bytes = new Map(sizes.parts.map((part) => [part.name, part.bytes]));
    if (use !== null) expect(bytes.get('weights and tables')).toBe(use.constantBytes);
    else for (const part of converted.sizes) expect(bytes.get(part.name)).toBe(part.bytes);
    for (const { bytes: whole, gzipBytes } of sizes.parts)
      if (gzipBytes !== null) expect(gzipBytes).toBeLessThan(whole);
  });
});

function totalsOf({ macs, parameterBytes }: { readonly macs: number; readonly parameterBytes: number }) {
  return { macs, parameterBytes };
}

describe('a report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-report-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const tiny = writeTiny(folder);

  it('is the same each time, and names no folder and no time', async () => {
    const argv = ['report', tiny, '--to', 'wasm', '--target', 'rpi5'];
    const [first, second] = [await jsonOf(...argv), await jsonOf(...argv)];
    expect(second).toEqual(first);
    const text = JSON.stringify(first);
    expect(text).not.toContain(folder);
    expect(text).not.toMatch(/20\d\d-\d\d-\d\d|T\d\d:\d\d/);
    expect(reportSchema.parse(first).provenance).toMatchObject({
      commands: ['thimble report tiny.tflite --target rpi5 --to wasm'],
      options: { target: 'rpi5', to: 'wasm' },
    });
  });

  it('chooses targets that hold the model, and says so', async () => {
    const report = reportSchema.parse(await jsonOf('report', tiny, '--to', 'wasm'));
    expect(report.latency.length).toBeGreaterThan(1);
    for (const { fits } of report.latency) expect(fits).not.toBe(false);
    expect(report.notes[0]).toContain(`(${report.latency.map(({ target }) => target).join(', ')})`);
  });

  it('tells of a target that the model does not fit on, and ends with 0', async () => {
    const argv = ['report', digitsInt8, '--to', 'wasm', '--target', 'atmega328p,nano33ble'];
    const report = reportSchema.parse(await jsonOf(...argv));
    expect(report.notes.join(' ')).toMatch(/does not fit on atmega328p: .*lacks \d+ bytes/);
    expect(report.latency.find(({ target }) => target === 'nano33ble')?.fits).toBe(true);
    // Of the first target nothing is known: the time of stages is that of the first of which something is.
    expect(report.latency[0]?.target).toBe('nano33ble');
    expect(report.stages[0]?.latencyUs).toBe(report.latency[0]?.us);
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Report, type ReportLayer, reportElementId, reportSchema } from '../../../cli/report/schema.ts';

type Sections = {
  readonly [K in 'model' | 'provenance' | 'graph' | 'memory' | 'sizes']?: Partial<Report[K]>;
} & Partial<Pick<Report, 'latency' | 'accuracy' | 'notes'>>;

/** A report of three layers with round numbers; sections that are given replace fields. */
export function buildReport(sections: Sections = {}): Report {
  const { model, provenance, graph, memory, sizes, ...rest } = base();
  return reportSchema.parse({
    ...base(),
    ...rest,
    ...sections,
    model: { ...model, ...sections.model },
    provenance: { ...provenance, ...sections.provenance },
    graph: { ...graph, ...sections.graph },
    memory: { ...memory, ...sections.memory },
    sizes: { ...sizes, ...sections.sizes },
  });
}

/** A layer of the built report; its output is tensor `index + 1`. */
export function layer(index: number, name: string, operator: string, more: Partial<ReportLayer> = {}): ReportLayer {
  return {
    index,
    name,
    operator,
    fused: [],
    inputs: [index],
    outputs: [index + 1],
    macs: 1000 * (index + 1),
    parameterBytes: 100,
    quantization: { scheme: 'int8', granularity: 'channel' },
    pruned: null,
    ...more,
  };
}

/** An estimate of 40 ms, give or take 10 %. */
export function latency(target: string, us = 40_000, how = 'cortex-m4'): Report['latency'][number] {
  return {
    target,
    title: target.toUpperCase(),
    how,
    us,
    rangeUs: { low: us * 0.9, high: us * 1.1, certainty: 0.9 },
    origin: 'estimated',
    source: 'made up',
    fits: true,
    layers: [],
  };
}

export function accuracy(now: number, errors: readonly number[] = [], of = 200): Report['accuracy'] {
  return {
    samples: of,
    right: { before: 198, now, of },
    agreeing: { same: now, of },
    layers: errors.map((error, index) => ({ index, snrDb: error === 0 ? null : -10 * Math.log10(error), error })),
  };
}

function base(): Report {
  const port = { name: 'image', dtype: 'int8', shape: [1, 8, 8, 1], scale: 0.5, zeroPoint: -3 };
  const tensor = (name: string) => ({ name, dtype: 'int8', shape: [1, 4], bytes: 4 });
  return {
    schemaVersion: 1,
    kind: 'thimble-report',
    model: {
      name: 'tiny',
      file: 'tiny.tflite',
      producer: 'by hand',
      sha256: 'a'.repeat(64),
      macs: 6000,
      parameterBytes: 300,
      inputs: [port],
      outputs: [{ ...port, name: 'scores', shape: [1, 4] }],
      labels: null,
    },
    provenance: { thimble: '0.1.0', commands: ['thimble report'], options: {}, inputs: [], outputs: [] },
    graph: {
      layers: [layer(0, 'a', 'conv-2d'), layer(1, 'b', 'conv-2d'), layer(2, 'c', 'softmax')],
      tensors: ['image', 'x', 'y', 'scores'].map(tensor),
      inputs: [0],
      outputs: [3],
    },
    memory: {
      for: 'c',
      arenaBytes: 4000,
      lowerBoundBytes: 4000,
      stateBytes: 0,
      stackBytes: 600,
      sramBytes: 4600,
      buffers: [],
      steps: [],
      peak: { step: 0, culprits: [], remedies: [] },
    },
    latency: [latency('nano33ble')],
    accuracy: accuracy(196, [0, 0.01, 0.02]),
    sizes: {
      modelFileBytes: 9000,
      parameterBytes: 300,
      parts: [
        { name: 'weights', bytes: 300, gzipBytes: 250, origin: 'computed' },
        { name: 'code, dot', bytes: 2000, gzipBytes: 900, origin: 'measured' },
      ],
    },
    stages: [
      { name: 'original', macs: 6000, parameterBytes: 300, arenaBytes: 4000, latencyUs: null, accuracy: null, by: '' },
    ],
    notes: [],
  };
}

/** The report as a page holds it. */
export function pageOf(report: Report): string {
  const json = JSON.stringify(report).replaceAll('<', '\\u003c');
  return `<!doctype html>\n<html lang="en"><head><title>tiny</title>
<script type="module">document.querySelector('#x[id="${reportElementId}"]');</script></head>
<body><script type="application/json" id="${reportElementId}">${json}</script></body></html>\n`;
}

/** Writes reports as `before.json` and `after.html` and gives the names. */
export function writeReports(folder: string, before: Report, after: Report): readonly [string, string] {
  writeFileSync(join(folder, 'before.json'), JSON.stringify(before, null, 2));
  writeFileSync(join(folder, 'after.html'), pageOf(after));
  return ['before.json', 'after.html'];
}

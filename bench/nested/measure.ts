import { gzipSync } from 'node:zlib';
import { processIo } from '../../cli/io.ts';
import { loadModel } from '../../cli/model-file.ts';
import { preprocessingFor } from '../../cli/options/preprocessing.ts';
import { pruneSamples } from '../../cli/prune/samples.ts';
import { fastExecutor } from '../../cli/quantize/executor.ts';
import type { Artifact } from '../../converter/backends/artifact.ts';
import { nestFloat } from '../../converter/compress/prune/nested/fit.ts';
import { nestQuantized } from '../../converter/compress/prune/nested/quantized.ts';
import { repairWidths } from '../../converter/compress/prune/nested/repair-widths.ts';
import type { NestedModel } from '../../converter/compress/prune/nested/widths.ts';
import { defaultPruneOptions } from '../../converter/compress/prune/options.ts';
import { pruneGraph } from '../../converter/compress/prune/prune-graph.ts';
import { macsOf } from '../../converter/compress/prune/targets/work.ts';
import { quantizeGraph } from '../../converter/compress/quantize/quantize-graph.ts';
import { compareOutputs } from '../../converter/compress/quantize/report/outputs.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { packageOptions } from '../../converter/package-options.ts';
import {
  convertNestedToC,
  convertNestedToWasm,
  convertToC,
  convertToWasm,
  optimizeGraph,
} from '../../converter/pipeline.ts';
import { absent, locate } from '../places.ts';
import type { NestedRow } from './rows.ts';

/** A network on integers. */
export interface Judged {
  /** Of the float model's multiply-accumulates. */
  readonly macs: number;
  /** Share of right answers; null without classes. */
  readonly right: number | null;
  /** Share of the float model's answers. */
  readonly agreement: number;
}

export interface WidthFigure {
  readonly share: number;
  /** A model pruned to that share alone. */
  readonly separate: Judged;
  readonly nested: Judged;
  /** With scales of its own as well. */
  readonly scaled: Judged;
}

/** Bytes of all files of a bundle, as they are and compressed one by one, of the tables of a C package, and arenas. */
export interface Sizes {
  readonly raw: number;
  readonly gzip: number;
  readonly tables: number;
  readonly wasmArena: number;
  readonly cArena: number;
}

export type NestedFigure =
  | { readonly id: string; readonly skipped: string }
  | {
      readonly id: string;
      readonly samples: number;
      readonly judged: number;
      readonly float: number | null;
      /** The whole model on integers, alone and with widths in it. */
      readonly whole: { readonly separate: Judged; readonly nested: Judged };
      readonly widths: readonly WidthFigure[];
      readonly sizes: { readonly alone: Sizes; readonly nested: Sizes; readonly scaled: Sizes };
    };

/** Makes each model of several widths, and prunes it to each share alone, with the same samples; all on integers. */
export function measureNested(rows: readonly NestedRow[], note: (line: string) => void): readonly NestedFigure[] {
  return rows.map((row) => {
    const missing = [row.model, row.samples, row.test].find((path) => path !== null && locate(path) === undefined);
    return missing ? { id: row.id, skipped: absent(missing) } : measure(row, note);
  });
}

function measure(row: NestedRow, note: (line: string) => void): NestedFigure {
  const { id, shares, round } = row;
  const { float, samples, judged } = read(row);
  const whole = macsOf(float);
  const judge = (graph: Graph): Judged => {
    const { accuracy, agreement } = compareOutputs(float, graph, judged, fastExecutor);
    return { macs: macsOf(graph) / whole, right: accuracy?.stored.value ?? null, agreement: agreement.value };
  };
  const quantized = (graph: Graph) => optimizeGraph(quantizeGraph(graph, samples, fastExecutor).graph).graph;
  const context = { samples, execute: fastExecutor, onProgress: () => {}, judge: nothing };
  note(`nested: ${id}, ${shares.length} widths`);
  const model = nestFloat(float, shares, { scores: defaultPruneOptions.scores, round }, context);
  const plain = nestQuantized(model, quantized(model.graph), round);
  const nested = repairWidths(plain, samples, fastExecutor, { scales: false });
  const scaled = repairWidths(plain, samples, fastExecutor, { scales: true });
  const alone = quantized(float);
  const widths = shares.map((share, i): WidthFigure => {
    note(`nested: ${id}, pruned to ${share} alone`);
    const goals = [{ kind: 'macs', text: `--macs ${share}`, bound: { share } }] as const;
    const pruned = pruneGraph(float, { ...defaultPruneOptions, round, goals }, context);
    const of = ({ widths: all }: NestedModel) => judge(all[i]?.graph ?? float);
    return { share, separate: judge(quantized(pruned.graph)), nested: of(nested), scaled: of(scaled) };
  });
  return {
    id,
    samples: samples.length,
    judged: judged.length,
    float: compareOutputs(float, alone, judged, fastExecutor).accuracy?.real.value ?? null,
    whole: { separate: judge(alone), nested: judge(nested.graph) },
    widths,
    sizes: { alone: sizesOf({ ...nested, widths: [] }), nested: sizesOf(nested), scaled: sizesOf(scaled) },
  };
}

/** Points of the curve are not asked for. */
const nothing = () => ({
  ...{ macs: 0, parameterBytes: 0, sramBytes: null, outputError: null },
  ...{ agreement: null, accuracy: null, floatAccuracy: null },
});

function read({ model: path, samples: place, test, reading }: NestedRow) {
  const io = processIo();
  const found = (name: string) => locate(name) ?? name;
  const usual = { passes: true, rounding: 'default', weights: 'f32', cache: '' } as const;
  const args = {
    ...notGiven,
    ...usual,
    ...reading,
    samples: [found(place)],
    test: test === null ? undefined : [found(test)],
  };
  const model = loadModel(found(path), io, args);
  const { samples, judged } = pruneSamples(model.graph, preprocessingFor(model, args, io).optionsOf, args, io);
  return { float: model.graph, samples: samples.map(({ load }) => load), judged };
}

/** Options of the command line that have no meaning here. */
const notGiven = {
  ...{ shape: undefined, dim: undefined, fix: undefined, inputs: undefined, outputs: undefined },
  ...{
    'input-layout': undefined,
    inputLayout: undefined,
    fit: undefined,
    layout: undefined,
    pixels: undefined,
    scale: undefined,
    offset: undefined,
    mean: undefined,
  },
  ...{ std: undefined, color: undefined, resize: undefined, raw: false, preprocess: undefined },
  ...{
    'raw-type': undefined,
    'audio-length': undefined,
    'sample-rate': undefined,
    calibrate: undefined,
    select: undefined,
  },
};

function sizesOf(model: NestedModel): Sizes {
  const options = packageOptions('model');
  const isAlone = model.widths.length === 0;
  const bundle = isAlone ? convertToWasm(model.graph, options) : convertNestedToWasm(model, options);
  const { memory } = isAlone ? convertToC(model.graph, options) : convertNestedToC(model, options);
  const total = (of: (bytes: Uint8Array) => number) =>
    bundle.artifacts.reduce((sum, { bytes }: Artifact) => sum + of(bytes), 0);
  return {
    raw: total(({ length }) => length),
    gzip: total((bytes) => gzipSync(bytes).length),
    tables: memory.constantBytes,
    wasmArena: bundle.modules.layout.arenaBytes,
    cArena: memory.arenaBytes,
  };
}

import { beforeAll, describe, expect, it } from 'vitest';
import { compareTensors } from '../../converter/compare.ts';
import { exportOnnx } from '../../converter/exporters/onnx/export.ts';
import { exportTflite } from '../../converter/exporters/tflite/export.ts';
import { evaluateRuns } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import { caseRows } from '../conformance/rows.ts';
import { jobsOf } from '../conformance/run.ts';
import { hasShared } from '../support/shared.ts';

/**
 * The operator cases as files that we write: what is written computes the same when it is read again. Every fifth case; all of them with
 * THIMBLE_ALL_CASES=1. THIMBLE_CASES=softmax runs those with that in their path, THIMBLE_LIST_REFUSALS=1 prints the refusals.
 */
const filter = process.env.THIMBLE_CASES ?? '';
const isWhole = process.env.THIMBLE_ALL_CASES !== undefined || filter !== '';

const formats = ['onnx', 'tflite'] as const;

type Format = (typeof formats)[number];

const exporters = { onnx: exportOnnx, tflite: exportTflite } as const;

/** How many cases pass at least, of every fifth. Raise them with what is written. */
const floors: { readonly [F in Format]: number } = { onnx: 235, tflite: 220 };

interface Result {
  readonly path: string;
  readonly format: Format;
  readonly kind: 'pass' | 'refused' | 'wrong';
  readonly why: string;
}

function roundTrip(path: string, graph: Graph, inputs: readonly Tensor[], format: Format): Result {
  let bytes: Uint8Array;
  try {
    bytes = exporters[format](graph, '0');
  } catch (error) {
    if (!(error instanceof ProblemError)) throw new Error(path, { cause: error });
    return { path, format, kind: 'refused', why: error.problems.map(({ what }) => what).join('; ') };
  }
  try {
    const written = importModel(bytes, `again.${format}`);
    const [want = [], found = []] = [graph, written].map((one) => evaluateRuns(one, [inputs])[0] ?? []);
    const wrong = want.findIndex((tensor, i) => {
      const other = found[i];
      return other === undefined || compareTensors(tensor, other, 1e-5).difference !== null;
    });
    return { path, format, kind: wrong < 0 ? 'pass' : 'wrong', why: `output ${wrong}` };
  } catch (error) {
    return { path, format, kind: 'wrong', why: String(error) };
  }
}

let results: readonly Result[] = [];

describe.skipIf(!hasShared)('operator cases written as files', () => {
  beforeAll(() => {
    const rows = caseRows().filter(({ path }, i) => path.includes(filter) && (isWhole || i % 5 === 0));
    results = rows.flatMap((row) => {
      let jobs: ReturnType<typeof jobsOf>;
      try {
        jobs = jobsOf(row);
      } catch (error) {
        if (error instanceof ProblemError) return [];
        throw error;
      }
      return jobs.slice(0, 1).flatMap(({ graph: imported, steps }) => {
        const { graph } = optimizeGraph(imported);
        const inputs = steps[0]?.inputs ?? [];
        return formats.map((format) => roundTrip(row.path, graph, inputs, format));
      });
    });
    for (const format of formats) {
      const counts = (['pass', 'refused', 'wrong'] as const).map(
        (kind) => `${kind} ${results.filter((result) => result.format === format && result.kind === kind).length}`,
      );
      console.log(`${format}: ${counts.join(', ')}`);
    }
    if (process.env.THIMBLE_LIST_REFUSALS === undefined) return;
    const refused = results.filter(({ kind }) => kind === 'refused');
    console.log(refused.map(({ path, format, why }) => `${path}\t${format}\t${why}`).join('\n'));
  }, 600_000);

  it.each(formats)('as %s compute the same when they are read again', (format) => {
    const own = results.filter((result) => result.format === format);
    const lines = own.filter(({ kind }) => kind === 'wrong').map(({ path, why }) => `${path}: ${why}`);
    expect(lines).toEqual([]);
    if (!isWhole) expect(own.filter(({ kind }) => kind === 'pass').length).toBeGreaterThanOrEqual(floors[format]);
  });
});

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../cli/engine/engine.ts';
import { engines } from '../../cli/engine/registry.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import { modelIndex } from '../support/models.ts';
import { hasShared, readShared, sharedDir } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';
import { expectGolden, goldenSteps } from './golden-files.ts';

/** Every small TFLite file that converts gives its expected outputs on a back end, or the back end says that it cannot. */

const rows = hasShared ? modelIndex() : new Map();

function graphOf(path: string): Graph | null {
  try {
    return optimizeGraph(importModel(readShared(path), path)).graph;
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}

const paths = hasShared
  ? readdirSync(`${sharedDir}models/tflite_ops`)
      .map((name) => `models/tflite_ops/${name}`)
      .filter((path) => rows.get(path)?.golden !== undefined)
      .filter((path) => graphOf(path) !== null)
  : [];

async function meetsGolden(engine: Engine, path: string): Promise<void> {
  const graph = graphOf(path) ?? expect.fail('it converts');
  const steps = goldenSteps(graph, rows.get(path)?.golden ?? expect.fail('no golden'));
  const sources = steps.map((step) => () => step.inputs);
  try {
    const { inferences } = await engine.run(graph, sources, () => {});
    steps.forEach(({ outputs }, i) => {
      expectGolden(inferences[i]?.outputs ?? [], outputs);
    });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    console.log(`${path}: ${error.problems.map(({ what }) => what).join('; ')}`);
    for (const { code } of error.problems) expect(code).toMatch(/-unsupported$/);
  }
}

describe.skipIf(!hasShared)('small TFLite files on WASM', () => {
  test.each(paths)('%s', (path) => meetsGolden(engines.wasm, path));
});

describe.skipIf(!hasShared || !needTool('gcc').available)('small TFLite files in C', () => {
  test.each(paths)('%s', (path) => meetsGolden(engines.c, path));
});

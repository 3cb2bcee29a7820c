import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evaluateRuns } from '../../converter/ir/evaluate.ts';
import { importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import { furtherModels, modelIndex, requiredModels } from '../support/models.ts';
import { simpleNeeds } from '../support/needs.ts';
import { hasShared, readShared, sharedDir } from '../support/shared.ts';
import { expectGolden, goldenSteps } from './golden-files.ts';

/** Every other TFLite file of the test material converts, or says which of its operators and tensors stand in the way. */

const done = new Set([...requiredModels, ...furtherModels]);

const filesOf = (folder: string): readonly string[] =>
  hasShared
    ? readdirSync(`${sharedDir}models/${folder}`)
        .filter((name) => name.endsWith('.tflite'))
        .map((name) => `models/${folder}/${name}`)
        .filter((path) => !done.has(path))
    : [];

/** `CONV_2D #3 "name"`, `tensor 5 "name"`, or the model as a whole. */
const place = /^(?:subgraph \d+ "[^"]*", )?(?:[A-Z0-9_]+ (?:"[^"]*" )?#\d+|tensor \d+ "|operator code \d+|the model)/;

function convert(path: string): string {
  try {
    planProgram(optimizeGraph(importModel(readShared(path), path)).graph, simpleNeeds);
    return '';
  } catch (error) {
    if (!(error instanceof ProblemError)) throw new Error(`${path}: ${String(error)}`, { cause: error });
    for (const problem of error.problems) expect(problem.where, `${path}: ${problem.what}`).toMatch(place);
    const missing = error.problems.map(({ code, where, what }) => {
      const operator = /^the operator (\S+) is not supported$/.exec(what);
      return operator?.[1] ?? `${code} (${where}: ${what})`;
    });
    return [...new Set(missing)].join(', ');
  }
}

describe.skipIf(!hasShared)('other TFLite files convert, or are refused with a place for each reason', () => {
  test.each(['tflite', 'tflite_ops'])('models/%s', (folder) => {
    const files = filesOf(folder);
    expect(files.length).toBeGreaterThan(5);
    for (const path of files) {
      const refused = convert(path);
      console.log(refused === '' ? `${path}: converts` : `${path}: refused for ${refused}`);
    }
  });

  // The small files meet theirs on every back end in test/conformance.
  const convertible = filesOf('tflite').filter((path) => {
    return convert(path) === '' && modelIndex().get(path)?.golden !== undefined;
  });

  test.each(convertible)('%s meets its expected outputs', (path) => {
    const golden = modelIndex().get(path)?.golden ?? expect.fail('no golden');
    const graph = importModel(readShared(path), path);
    const steps = goldenSteps(graph, golden);
    const found = evaluateRuns(
      graph,
      steps.map(({ inputs }) => inputs),
    );
    steps.forEach(({ outputs }, i) => {
      expectGolden(found[i] ?? [], outputs);
    });
  });
});

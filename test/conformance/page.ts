import type { Outcome } from './job.ts';
import { folders } from './rows.ts';
import { type BackEnd, backEnds, type CaseResult } from './run.ts';

/** How many reasons an operator shows; the rest is counted. */
const reasonsShown = 4;

const headings: { readonly [B in BackEnd]: string } = { reference: 'reference', wasm: 'WASM', c: 'C' };

/** `docs/conformance.md`: what became of the cases, by operator and by folder. The same results give the same text. */
export function conformancePage(results: readonly CaseResult[]): string {
  return `# Conformance

Operator cases and small graphs with inputs and expected outputs of others, on the reference evaluator (the graph as imported, and after
the passes), as a WASM module, and as C on the host. None gives a wrong answer: a case passes or is refused with a reason.

Whole models, in every variant of their WASM bundle and in three engines: [wasm-engines.md](wasm-engines.md).

This page is generated: \`THIMBLE_UPDATE_GOLDEN=1 npx vitest run test/conformance\` writes it anew.

- **ONNX**: the conformance cases of the ONNX project (\`onnx_conformance\`) and others of that form (\`onnx_cases\`) on which onnxruntime
  agrees with their authors; small graphs from the tests of onnxruntime and other projects (\`onnx_graphs\`).
- **TFLite**: small models with the outputs of TensorFlow Lite's reference kernels (\`tflite_ops\`), and layers with int16 activations
  with the outputs of TFLite Micro's (\`tflite_cases\`).

A case counts for each operator that it has. Integers must be equal; floats may differ by 1e-4 of the largest expected magnitude, and by
2e-4 in ONNX cases, some of which were written with four decimals, or by 2e-3 where outputs are float16. *Fixed* counts the passing cases that give as inputs what the converter
wants as constants: these inputs were fixed, as few as possible. *Folded* counts the passing cases of which nothing is left to run after the passes: they test
only what is computed during conversion.

## Folders

${totals(results)}

## ONNX operators

${operatorTable(results.filter(({ row }) => row.format === 'onnx'))}

## TFLite operators

${operatorTable(results.filter(({ row }) => row.format === 'tflite'))}
`;
}

const passes = (results: readonly CaseResult[], backEnd: BackEnd): number =>
  results.filter(({ outcomes }) => outcomes[backEnd].kind === 'pass').length;

const passingColumns = (results: readonly CaseResult[]): string =>
  [
    ...backEnds.map((backEnd) => passes(results, backEnd)),
    ...[passing(results, ({ fixed }) => fixed.length > 0), passing(results, ({ folded }) => folded)],
  ].join(' | ');

const passing = (results: readonly CaseResult[], choose: (result: CaseResult) => boolean): number =>
  results.filter((result) => result.outcomes.reference.kind === 'pass' && choose(result)).length;

const passingHeadings = [...backEnds.map((backEnd) => headings[backEnd]), 'fixed', 'folded'];

function totals(results: readonly CaseResult[]): string {
  const lines = folders.map((folder) => {
    const own = results.filter(({ row }) => row.folder === folder);
    return `| ${folder} | ${own.length} | ${passingColumns(own)} |`;
  });
  const columns = ['folder', 'cases', ...passingHeadings];
  return [
    `| ${columns.join(' | ')} |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    `| all | ${results.length} | ${passingColumns(results)} |`,
  ].join('\n');
}

function operatorTable(results: readonly CaseResult[]): string {
  const operators = [...new Set(results.flatMap(({ row }) => row.operators))].sort();
  const lines = operators.map((operator) => {
    const own = results.filter(({ row }) => row.operators.includes(operator));
    return `| ${operator} | ${own.length} | ${passingColumns(own)} | ${reasonsText(own)} |`;
  });
  const columns = ['operator', 'cases', ...passingHeadings, 'refused'];
  return [`| ${columns.join(' | ')} |`, '| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |', ...lines].join('\n');
}

/** The reasons of refusals, the most frequent first: `3 x an input of 5 dimensions; 1 x int64 (WASM, C)`. */
function reasonsText(results: readonly CaseResult[]): string {
  const counts = new Map<string, number>();
  for (const { outcomes } of results) {
    const where = new Map<string, BackEnd[]>();
    for (const backEnd of backEnds) {
      const reason = shortReason(outcomes[backEnd]);
      if (reason !== null) where.set(reason, [...(where.get(reason) ?? []), backEnd]);
    }
    for (const [reason, on] of where) {
      const places = on.length === backEnds.length ? '' : ` (${on.map((backEnd) => headings[backEnd]).join(', ')})`;
      counts.set(reason + places, (counts.get(reason + places) ?? 0) + 1);
    }
  }
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const shown = sorted.slice(0, reasonsShown).map(([reason, count]) => `${count} x ${reason}`);
  const rest = sorted.slice(reasonsShown).reduce((sum, [, count]) => sum + count, 0);
  return (rest === 0 ? shown : [...shown, `${rest} x others`]).join('; ');
}

const longest = 90;

/** The first problem without the names of tensors, or null where it is no refusal. */
function shortReason(outcome: Outcome): string | null {
  if (outcome.kind === 'wrong') return 'WRONG';
  if (outcome.kind === 'pass') return null;
  const what = outcome.problems[0]?.what ?? '';
  const missing = /^the operator (\S+) is not supported$/.exec(what)?.[1];
  if (missing !== undefined) return `no ${missing}`;
  const text = what
    .replace(/"[^"]*"/g, '_')
    .replace(/; .*$/s, '')
    .replace(/\s+/g, ' ')
    .replace(/[|<>*]/g, (sign) => `\\${sign}`);
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/ \S*$/, '')} ...`;
}

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasShared } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';
import type { Outcome } from './job.ts';
import { conformancePage } from './page.ts';
import { caseRows, type Folder, folders } from './rows.ts';
import { type BackEnd, backEnds, type CaseResult, runCases } from './run.ts';

/**
 * Every case of the test material with inputs and expected outputs, on the reference evaluator, as a WASM module and as C on this computer:
 * it passes, or it is refused with a reason. A wrong answer fails.
 *
 * THIMBLE_CASES=softmax runs the cases with that in their path and says what became of each; THIMBLE_LIST_REFUSALS=1 prints
 * `path<TAB>back end<TAB>code: what` for each refusal; THIMBLE_UPDATE_GOLDEN=1 writes docs/conformance.md anew.
 */
const filter = process.env.THIMBLE_CASES ?? '';

const hasC = hasShared && needTool('gcc').available;

/** Why WASM or C may refuse what the reference evaluator runs. Nothing is refused now; a new kernel may come later than its reference. */
const acceptedReasons: readonly (readonly [BackEnd, RegExp])[] = [];

/** How many cases pass at least. Raise them with what is added. */
const floors: { readonly [F in Folder]: { readonly [B in BackEnd]: number } } = {
  onnx_conformance: { reference: 909, wasm: 909, c: 909 },
  onnx_cases: { reference: 4, wasm: 4, c: 4 },
  onnx_graphs: { reference: 142, wasm: 142, c: 142 },
  tflite_ops: { reference: 58, wasm: 58, c: 58 },
  tflite_cases: { reference: 70, wasm: 70, c: 70 },
};

const page = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

function reasonOf(outcome: Outcome): string {
  if (outcome.kind === 'pass') return 'pass';
  if (outcome.kind === 'wrong') return `WRONG ${outcome.why}`;
  return [...new Set(outcome.problems.map(({ code, what }) => `${code}: ${what}`))].join('; ');
}

let results: readonly CaseResult[] = [];

const label = ({ row }: CaseResult, backEnd: BackEnd, outcome: Outcome) =>
  `${row.path}\t${backEnd}\t${reasonOf(outcome)}`;

/** One line, or one for each back end where they differ. */
function summary(result: CaseResult): string {
  const { row, fixed, folded, outcomes } = result;
  const reasons = new Set(backEnds.map((backEnd) => reasonOf(outcomes[backEnd])));
  const notes = [fixed.length === 0 ? '' : ` (fixed: ${fixed.join(', ')})`, folded ? ' (nothing left to run)' : ''];
  if (reasons.size === 1) return `${row.path}\tall\t${[...reasons].join()}${notes.join('')}`;
  return backEnds.map((backEnd) => label(result, backEnd, outcomes[backEnd])).join('\n') + notes.join('');
}

const each = (choose: (result: CaseResult, backEnd: BackEnd, outcome: Outcome) => boolean): string[] =>
  results.flatMap((result) =>
    backEnds.flatMap((backEnd) => {
      const outcome = result.outcomes[backEnd];
      return choose(result, backEnd, outcome) ? [label(result, backEnd, outcome)] : [];
    }),
  );

const count = (folder: Folder, backEnd: BackEnd, kind: Outcome['kind']): number =>
  results.filter(({ row, outcomes }) => row.folder === folder && outcomes[backEnd].kind === kind).length;

describe.skipIf(!hasShared)('operator cases on all back ends', () => {
  beforeAll(async () => {
    results = await runCases(
      caseRows().filter(({ path }) => path.includes(filter)),
      hasC,
    );
    if (process.env.THIMBLE_LIST_REFUSALS !== undefined) {
      console.log(`\n${each((_, __, { kind }) => kind === 'refused').join('\n')}`);
    } else if (filter !== '') console.log(`\n${results.map(summary).join('\n')}`);
    for (const folder of folders) {
      const own = results.filter(({ row }) => row.folder === folder);
      const counts = backEnds.map((backEnd) => {
        const [pass, refused, wrong] = (['pass', 'refused', 'wrong'] as const).map((kind) =>
          count(folder, backEnd, kind),
        );
        return `${backEnd} ${pass} pass, ${refused} refused, ${wrong} wrong`;
      });
      if (own.length > 0) console.log(`${folder}: ${own.length} cases: ${counts.join('; ')}`);
    }
  }, 600_000);

  test('there are cases', () => {
    expect(results.length).toBeGreaterThan(0);
  });

  test('none is wrong', () => {
    expect(each((_, __, { kind }) => kind === 'wrong')).toEqual([]);
  });

  test('what passes on the reference evaluator is refused by WASM and C for known reasons only', () => {
    const counts = acceptedReasons.map(() => 0);
    const unknown = each((result, backEnd, outcome) => {
      if (backEnd === 'reference' || outcome.kind !== 'refused' || result.outcomes.reference.kind !== 'pass')
        return false;
      const found = outcome.problems.map(({ code, what }) => {
        return acceptedReasons.findIndex(([on, reason]) => on === backEnd && reason.test(`${code}: ${what}`));
      });
      for (const index of new Set(found)) counts[index] = (counts[index] ?? 0) + 1;
      return found.includes(-1) && (backEnd !== 'c' || hasC);
    });
    console.log(acceptedReasons.map(([on, { source }], i) => `accepted: ${counts[i]} x ${on} ${source}`).join('\n'));
    expect(unknown).toEqual([]);
  });

  test.skipIf(filter !== '').each(folders)('%s: no fewer cases pass than before', (folder) => {
    for (const backEnd of backEnds) {
      const passed = count(folder, backEnd, 'pass');
      if (backEnd !== 'c' || hasC) expect(passed, backEnd).toBeGreaterThanOrEqual(floors[folder][backEnd]);
    }
  });

  test.skipIf(filter !== '' || !hasC)('docs/conformance.md says what came of it', () => {
    const text = conformancePage(results);
    if (process.env.THIMBLE_UPDATE_GOLDEN === '1') writeFileSync(page, text);
    expect(readFileSync(page, 'utf8'), 'run with THIMBLE_UPDATE_GOLDEN=1').toBe(text);
  });
});

import { beforeAll, describe, expect, test } from 'vitest';
import { hasShared } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';
import type { Outcome } from './job.ts';
import { caseRows, folders } from './rows.ts';
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

/** What a refusal of a back end may say about a case that passes on the reference evaluator. */
const acceptedReasons: readonly RegExp[] = [/ is (?:int64|float16|int16|bool|uint8)$/];

function reasonOf(outcome: Outcome): string {
  if (outcome.kind === 'pass') return 'pass';
  if (outcome.kind === 'wrong') return `WRONG ${outcome.why}`;
  return [...new Set(outcome.problems.map(({ code, what }) => `${code}: ${what}`))].join('; ');
}

let results: readonly CaseResult[] = [];

const label = ({ row }: CaseResult, backEnd: BackEnd, outcome: Outcome) =>
  `${row.path}\t${backEnd}\t${reasonOf(outcome)}`;

const each = (choose: (result: CaseResult, backEnd: BackEnd, outcome: Outcome) => boolean): string[] =>
  results.flatMap((result) =>
    backEnds.flatMap((backEnd) => {
      const outcome = result.outcomes[backEnd];
      return choose(result, backEnd, outcome) ? [label(result, backEnd, outcome)] : [];
    }),
  );

describe.skipIf(!hasShared)('operator cases on all back ends', () => {
  beforeAll(async () => {
    results = await runCases(
      caseRows().filter(({ path }) => path.includes(filter)),
      hasC,
    );
    if (filter !== '') console.log(each(() => true).join('\n'));
    else if (process.env.THIMBLE_LIST_REFUSALS !== undefined) {
      console.log(each((_, __, { kind }) => kind === 'refused').join('\n'));
    }
    for (const folder of folders) {
      const own = results.filter(({ row }) => row.folder === folder);
      const counts = backEnds.map((backEnd) => {
        const count = (kind: string) => own.filter(({ outcomes }) => outcomes[backEnd].kind === kind).length;
        return `${backEnd} ${count('pass')} pass, ${count('refused')} refused, ${count('wrong')} wrong`;
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

  test.skipIf(!hasC)('WASM and C refuse only dtypes of what the reference evaluator runs', () => {
    const refused = each((result, backEnd, outcome) => {
      if (backEnd === 'reference' || outcome.kind !== 'refused' || result.outcomes.reference.kind !== 'pass')
        return false;
      return !outcome.problems.every(({ what }) => acceptedReasons.some((reason) => reason.test(what)));
    });
    expect(refused).toEqual([]);
  });
});

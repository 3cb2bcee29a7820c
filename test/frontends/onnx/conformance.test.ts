import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hasShared, sharedDir } from '../../support/shared.ts';
import { runCase } from './cases.ts';

interface Row {
  readonly path: string;
  readonly kind?: string;
  readonly inputs: readonly { readonly name: string }[];
  readonly reference_check?: string;
}

function rows(): readonly Row[] {
  const { rows: all } = JSON.parse(readFileSync(`${sharedDir}models/INDEX.json`, 'utf8')) as { rows: Row[] };
  return all.filter((row) => row.kind === 'case' && row.reference_check?.endsWith('agrees'));
}

/** Counts and lists what became of the cases of a folder. A wrong answer is the only failure; refusals are listed with a reason. */
describe.skipIf(!hasShared)('operator cases on which onnxruntime agrees with their authors', () => {
  test.each([['onnx_conformance', 300]])('%s: none is wrong', { timeout: 600_000 }, (folder, least) => {
    const wrong: string[] = [];
    const reasons = new Map<string, number>();
    let passed = 0;
    const cases = rows().filter((row) => row.path.startsWith(`models/${folder}/`));
    for (const { path, inputs } of cases) {
      const result = runCase(
        path,
        inputs.map((input) => input.name),
      );
      if (result.kind === 'pass') passed++;
      else if (result.kind === 'wrong') wrong.push(`${path}: ${result.why}`);
      else {
        const first = result.problems[0];
        const reason = `${first?.code}: ${first?.what}`;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        if (process.env.THIMBLE_LIST_REFUSALS !== undefined) console.log(`${path}\t${reason}`);
      }
    }
    const refused = cases.length - passed - wrong.length;
    console.log(`${folder}: ${passed} pass, ${refused} refused, ${wrong.length} wrong of ${cases.length}`);
    expect(wrong).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(least);
  });
});

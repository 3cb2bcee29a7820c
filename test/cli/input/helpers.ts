import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { InputSpec } from '../../../cli/input/sample.ts';
import { type Problem, ProblemError } from '../../../converter/problem.ts';

/** An input spec with the given fields; float32 and not quantized otherwise. */
export function inputSpec(shape: readonly number[], fields: Partial<InputSpec> = {}): InputSpec {
  return { name: 'input', dtype: 'float32', shape, scale: null, zeroPoint: null, ...fields };
}

/** The problems that `work` ends with; the test fails where it does not end with problems. */
export function problemsOf(work: () => unknown): readonly Problem[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  expect.fail('no problem was thrown');
}

/** Whether `work` succeeds or ends with a ProblemError; any other error is thrown on. */
export function endsWell(work: () => unknown): boolean {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  }
  return true;
}

/** A folder that is deleted after the suite. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'thimble-test-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** `bytes` with up to eight bytes changed, or cut, or doubled, as `choices` says. */
export function mutate(bytes: Uint8Array, choices: readonly number[], cut: number | null): Uint8Array {
  const out = bytes.slice(0, cut === null ? bytes.length : cut % (bytes.length + 1));
  for (const choice of choices) if (out.length > 0) out[(choice >>> 8) % out.length] = choice & 0xff;
  return out;
}

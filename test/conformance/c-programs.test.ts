import { describe, expect, test } from 'vitest';
import { notQuantized } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { singleNode } from '../backends/wasm/run-graph.ts';
import { needTool } from '../support/tools.ts';
import { type CProgram, cProgram, runCPrograms } from './c-programs.ts';
import { judge } from './compare.ts';

/** The judge and the batches of C programs tell wrong answers, crashes and packages that do not compile from what passes. */

const type = tensorType('float32', [4], notQuantized);
const graph = singleNode({ type: 'softmax', attributes: { beta: 1 } }, [type], type);
const input = { type, data: new Float32Array([1, 1, 1, 1]) };
const quarter = { type, data: new Float32Array([0.25, 0.25, 0.25, 0.25]) };
const job = { graph, steps: [{ inputs: [input], expected: [quarter] }], tolerance: 1e-4, fixed: [] };

const program = (prefix: string): CProgram => cProgram(graph, [[input]], prefix);

/** The program with `begin` at the beginning of its run function. */
function tampered(prefix: string, begin: string): CProgram {
  const whole = program(prefix);
  const files = whole.files.map(({ path, contents }) => {
    if (path !== `src/${prefix}.c`) return { path, contents };
    const text = typeof contents === 'string' ? contents : new TextDecoder().decode(contents);
    const head = `int ${prefix}_run(void *arena)\n{\n`;
    expect(text).toContain(head);
    return { path, contents: text.replace(head, `${head}    ${begin}\n`) };
  });
  return { ...whole, files };
}

describe.skipIf(!needTool('gcc').available)('a batch of C programs', () => {
  test('a bad package spoils only its own result', async () => {
    const outcomes = await runCPrograms([
      program('first'),
      tampered('crashes', '*(volatile int *)0 = 1;'),
      tampered('fails', 'if (arena != NULL) return 1;'),
      tampered('breaks', 'this does not compile;'),
      tampered('spills', 'memset((unsigned char *)arena + BREAKS, 0, 1);'.replace('BREAKS', 'SPILLS_ARENA_BYTES')),
      program('last'),
    ]);
    const judged = outcomes.map((outcome) => judge(job, outcome));
    expect(judged.map(({ kind }) => kind)).toEqual(['pass', 'wrong', 'wrong', 'wrong', 'wrong', 'pass']);
    const reasons = judged.map((outcome) => (outcome.kind === 'wrong' ? outcome.why : ''));
    expect(reasons[1]).toMatch(/crashes/);
    expect(reasons[2]).toMatch(/failed run/);
    expect(reasons[3]).toMatch(/compiler says/);
    expect(reasons[4]).toMatch(/behind the arena/);
  });
});

describe('the judge', () => {
  const ran = (numbers: readonly number[]) => {
    return judge(job, { kind: 'ran', outputs: [[{ type, data: new Float32Array(numbers) }]] }).kind;
  };

  test('holds floats to the tolerance', () => {
    expect(ran([0.25, 0.25, 0.25, 0.25001])).toBe('pass');
    expect(ran([0.25, 0.25, 0.25, 0.2502])).toBe('wrong');
    expect(ran([0.25, 0.25, 0.25, Number.NaN])).toBe('wrong');
  });

  test('passes nothing of which nothing is known', () => {
    const unknown = { ...job, steps: [{ inputs: [input], expected: [null] }] };
    expect(judge(unknown, { kind: 'ran', outputs: [[quarter]] }).kind).toBe('wrong');
  });

  test('wants every output with its shape', () => {
    expect(judge(job, { kind: 'ran', outputs: [[]] }).kind).toBe('wrong');
    const flat = { type: tensorType('float32', [2, 2]), data: quarter.data };
    expect(judge(job, { kind: 'ran', outputs: [[flat]] }).kind).toBe('wrong');
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeBytes } from '../../../../converter/backends/wasm/assembler/byte-writer.ts';
import {
  encodeModule,
  type FunctionBuilder,
  i32,
  type Label,
} from '../../../../converter/backends/wasm/assembler/index.ts';
import { InternalError } from '../../../../converter/problem.ts';
import { singleFunction } from './run.ts';

type Step =
  | { readonly op: 'i32.const' | 'f32.const' | 'i32.add' | 'f32.neg' | 'drop' | 'unreachable' | 'return' }
  | { readonly op: 'br' | 'br_if'; readonly depth: number }
  | { readonly op: 'block' | 'loop' | 'if'; readonly result: boolean; readonly body: Step[]; readonly other: Step[] };

const programs: fc.Arbitrary<Step[]> = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 6 }),
  step: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc
      .constantFrom('i32.const', 'i32.const', 'f32.const', 'i32.add', 'f32.neg', 'drop', 'unreachable', 'return')
      .map((op): Step => ({ op })),
    fc.record({ op: fc.constantFrom('br', 'br_if'), depth: fc.nat(2) }),
    fc.record({
      op: fc.constantFrom('block', 'loop', 'if'),
      result: fc.boolean(),
      body: tie('steps'),
      other: tie('steps'),
    }),
  ),
})).steps;

/** The steps through the builder. A branch further out than there are labels goes to the outermost. */
function build(f: FunctionBuilder, steps: readonly Step[], labels: readonly Label[]): void {
  for (const step of steps) {
    if (step.op === 'br' || step.op === 'br_if') {
      const label = labels[Math.min(step.depth, labels.length - 1)];
      if (label === undefined) f.nop();
      else if (step.op === 'br') f.br(label);
      else f.brIf(label, 1);
    } else if (step.op === 'block' || step.op === 'loop' || step.op === 'if') {
      const type = { results: step.result ? (['i32'] as const) : [] };
      const arm = (body: readonly Step[]) => (label: Label) => build(f, body, [label, ...labels]);
      if (step.op === 'if') f.if(i32.const(1), arm(step.body), arm(step.other), type);
      else f[step.op](arm(step.body), type);
    } else if (step.op === 'i32.const' || step.op === 'f32.const') f.op(step.op, 1);
    else if (step.op === 'i32.add' || step.op === 'f32.neg') f.op(step.op);
    else f[step.op]();
  }
}

/** The same steps as bytes, unchecked. */
function encode(steps: readonly Step[], depth: number): number[] {
  const simple = {
    'i32.const': [0x41, 1],
    'f32.const': [0x43, 0, 0, 0x80, 0x3f],
    'i32.add': [0x6a],
    'f32.neg': [0x8c],
    drop: [0x1a],
    unreachable: [0x00],
    return: [0x0f],
  };
  return steps.flatMap((step): number[] => {
    if (step.op === 'br' || step.op === 'br_if') {
      const target = Math.min(step.depth, depth - 1);
      if (depth === 0) return [0x01];
      return step.op === 'br' ? [0x0c, target] : [0x41, 1, 0x0d, target];
    }
    if (step.op === 'block' || step.op === 'loop' || step.op === 'if') {
      const type = step.result ? 0x7f : 0x40;
      const body = encode(step.body, depth + 1);
      if (step.op !== 'if') return [step.op === 'block' ? 0x02 : 0x03, type, ...body, 0x0b];
      return [0x41, 1, 0x04, type, ...body, 0x05, ...encode(step.other, depth + 1), 0x0b];
    }
    return simple[step.op];
  });
}

/** What the builder makes of the steps; `undefined` when it refuses them. */
function accepted(steps: readonly Step[]): Uint8Array<ArrayBuffer> | undefined {
  try {
    return encodeModule(
      singleFunction({}, ['i32'], (f) => build(f, steps, [])),
      { names: false },
    );
  } catch (error) {
    if (error instanceof InternalError) return undefined;
    throw error;
  }
}

test('the builder accepts exactly what the engine accepts', () => {
  const verdicts = { valid: 0, invalid: 0 };
  const shell = singleFunction({}, ['i32'], (f) => f.push(i32.const(1)));
  const [body] = shell.functions;
  if (body === undefined) throw new Error('the shell has no function');
  fc.assert(
    fc.property(programs, (steps) => {
      const code = writeBytes((w) => w.bytes([...encode(steps, 0), 0x0b]));
      const bytes = encodeModule({ ...shell, functions: [{ ...body, code }] }, { names: false });
      const valid = WebAssembly.validate(bytes);
      verdicts[valid ? 'valid' : 'invalid']++;
      expect(accepted(steps)).toEqual(valid ? bytes : undefined);
    }),
    { numRuns: 4000 },
  );
  expect(Math.min(verdicts.valid, verdicts.invalid)).toBeGreaterThan(100);
});

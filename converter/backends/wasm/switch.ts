import type { FunctionBuilder, Label, Operand } from './assembler/index.ts';

/** Emits the code of case `index`; nothing happens for a case that is null, and for an index behind the last. */
export function emitSwitch(f: FunctionBuilder, index: Operand<'i32'>, cases: readonly ((() => void) | null)[]): void {
  // Blocks within blocks: the innermost one ends before case 0, the outermost before the last case.
  const nest = (count: number, labels: readonly Label[], exit: Label): void => {
    if (count === 0) {
      f.brTable(index, labels, exit);
      return;
    }
    const body = cases[count - 1] ?? null;
    if (body === null) {
      nest(count - 1, [exit, ...labels], exit);
      return;
    }
    f.block((label) => nest(count - 1, [label, ...labels], exit));
    body();
    f.br(exit);
  };
  f.block((exit) => nest(cases.length, [], exit));
}

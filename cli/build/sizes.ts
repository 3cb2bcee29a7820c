import { ProblemError } from '../../converter/problem.ts';
import type { BareBoard } from '../../targets/firmware/boards.ts';
import type { Firmware } from '../../targets/firmware/firmware.ts';
import type { PackageManifest } from './package-folder.ts';

/** One line of the size report: what the plan said, and what the linked program has. Bytes. */
export interface SizeRow {
  readonly name: string;
  /** Null where the plan says nothing. */
  readonly predicted: number | null;
  readonly measured: number;
  /** `same`: both must be equal; `bound`: at most what was predicted; `told`: nothing to compare with. */
  readonly rule: 'same' | 'bound' | 'told';
}

/** Processors whose stack `converter/backends/c/stack` bounds. */
const bounded: ReadonlySet<string> = new Set(['cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33']);

/**
 * The size report of a firmware with thimble's own program. `codeStackBytes` is the stack of a run by the machine code, null where that
 * is not known.
 */
export function sizeRows(
  { cpu }: BareBoard,
  { memory, cpu: narrowedTo }: Pick<PackageManifest, 'memory' | 'cpu'>,
  { use }: Firmware,
  codeStackBytes: number | null,
): readonly SizeRow[] {
  const { model } = use;
  const stackRule = bounded.has(cpu) ? 'bound' : 'told';
  const stack: SizeRow[] =
    codeStackBytes === null
      ? []
      : [
          {
            name: 'stack of a run, by the machine code',
            predicted: bounded.has(cpu) ? memory.stackBoundBytes : null,
            measured: codeStackBytes,
            rule: stackRule,
          },
        ];
  // Helium has layouts of weights of its own, which a package for every processor does not count.
  const tables = cpu === 'cortex-m55' && narrowedTo !== 'cortex-m55' ? 'told' : 'same';
  return [
    { name: 'arena', predicted: memory.arenaBytes, measured: model.arenaBytes, rule: 'same' },
    { name: 'variables of the model', predicted: memory.staticBytes, measured: model.staticRamBytes, rule: 'same' },
    ...stack,
    { name: 'weights and tables', predicted: memory.constantBytes, measured: model.weightBytes, rule: tables },
    { name: 'code of the model, library included', predicted: null, measured: model.codeFlashBytes, rule: 'told' },
  ];
}

/** Throws `size-differs` with every row that does not hold what the plan said. */
export function checkSizes(rows: readonly SizeRow[], board: BareBoard): void {
  const wrong = rows.filter(({ predicted, measured, rule }) => {
    return predicted !== null && (rule === 'same' ? measured !== predicted : rule === 'bound' && measured > predicted);
  });
  if (wrong.length === 0) return;
  throw new ProblemError(
    wrong.map(({ name, predicted, measured, rule }) => ({
      code: 'size-differs',
      where: `board ${board.name}`,
      what: `${name}: the plan says ${rule === 'bound' ? 'at most ' : ''}${predicted} bytes, the program has ${measured}`,
      advice: 'convert the model again with this version of thimble, and use the compiler that thimble doctor shows',
    })),
  );
}

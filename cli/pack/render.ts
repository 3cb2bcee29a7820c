import type { CpuName } from '../../converter/backends/c/narrow/cpu.ts';
import type { CPack } from '../../converter/pack.ts';
import { type Cell, renderTable } from '../output/table.ts';

/** What a model, all of them apart, or the pack takes, in bytes. */
export interface PackRow {
  readonly name: string;
  readonly arenaBytes: number;
  readonly stackBytes: number;
  readonly sramBytes: number;
  /** Of the arena, what no other model touches; null where that is no number of its own. */
  readonly keptBytes: number | null;
  readonly constantBytes: number;
  readonly functions: number | null;
  /** Estimated. */
  readonly codeBytes: number;
}

/** One row for each model alone, their sum as packages of their own, and the pack; code for `cpu`. */
export function packRows({ alone, joint, model }: CPack, cpu: CpuName): readonly PackRow[] {
  const rows = alone.map(({ memory, codeBytesOn }, i): PackRow => {
    const codeBytes = codeBytesOn(cpu);
    const { arenaBytes, stackBoundBytes: stackBytes, staticBytes, constantBytes } = memory;
    const sramBytes = arenaBytes + staticBytes + stackBytes;
    const own = {
      name: model.members[i]?.model.prefix ?? '',
      keptBytes: model.joint.keptBytes[i] ?? 0,
      functions: null,
    };
    return { ...own, arenaBytes, stackBytes, sramBytes, constantBytes, codeBytes };
  });
  const sum = (of: (row: PackRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const stackBytes = Math.max(...rows.map((row) => row.stackBytes));
  const arenaBytes = sum((row) => row.arenaBytes);
  const { memory } = joint;
  const codeBytes = joint.codeBytesOn(cpu);
  return [
    ...rows,
    {
      ...{ name: 'apart, in all', arenaBytes, stackBytes, keptBytes: null, functions: null },
      // Runs follow each other, so that they share the stack also when each has an arena of its own.
      sramBytes: arenaBytes + stackBytes + Math.max(...alone.map(({ memory: one }) => one.staticBytes)),
      constantBytes: sum((row) => row.constantBytes),
      codeBytes: sum((row) => row.codeBytes),
    },
    {
      ...{ name: 'together', arenaBytes: memory.arenaBytes, stackBytes: memory.stackBoundBytes, keptBytes: null },
      sramBytes: memory.sramBytes,
      constantBytes: memory.constantBytes,
      functions: model.shared.functions.length,
      codeBytes,
    },
  ];
}

/** The rows as a table. */
export function packTable(rows: readonly PackRow[], color: boolean): string {
  const titles = ['model', 'SRAM B', 'arena B', 'stack B', 'kept B', 'constants B', 'code B (estimate)', 'flash B'];
  const cells = rows.map((row): Cell[] => [
    ...[row.name, row.sramBytes, row.arenaBytes, row.stackBytes, row.keptBytes],
    ...[row.constantBytes, row.codeBytes, row.constantBytes + row.codeBytes],
  ]);
  const columns = titles.map((title, i) => ({ title, align: i === 0 ? ('left' as const) : ('right' as const) }));
  return renderTable(columns, cells, { color, indent: 2 });
}

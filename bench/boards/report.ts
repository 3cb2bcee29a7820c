import type { Cell } from '../../cli/output/table.ts';
import { block } from '../report.ts';
import type { BoardFigure } from './measure.ts';

const titles = [
  ...(['model', 'board', 'arena', 'variables', 'tables', 'stack bound', 'by code', 'painted'] as const),
  ...(['flash', 'SRAM', 'emulator', 'verdict', 'instructions', 'cycles'] as const),
] as const;

/** Sizes and verdict of each firmware; `=` where the program has what the plan said. */
export function boardsReport(figures: readonly BoardFigure[]): string {
  const rows = figures.filter(({ problem }) => problem === null).map(rowOf);
  const refused = figures.flatMap(({ model, board, problem }) =>
    problem === null ? [] : [`${model} for ${board}: ${problem}`],
  );
  return [block('Bare firmwares, bytes', titles, rows), ...refused].join('\n');
}

function rowOf(figure: BoardFigure): Cell[] {
  const { model, board, arena, variables, tables, stack, flash, sram, emulator, verdict, instructions, cycles } =
    figure;
  const pair = (both: readonly [number, number] | null) =>
    both === null ? '' : both[0] === both[1] ? `${both[0]} =` : `${both[0]} / ${both[1]}`;
  return [
    ...[model, board, pair(arena), pair(variables), pair(tables)],
    ...[stack?.bound ?? null, stack?.code ?? null, stack?.painted ?? null, flash, sram],
    ...[emulator ?? 'none', verdict ?? '', instructions, cycles],
  ];
}

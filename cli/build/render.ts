import { columns, renderPairs, renderTable } from '../output/table.ts';
import { formatBytes } from '../output/text.ts';
import type { BuiltBoard } from './build-board.ts';

/** What `thimble build` tells of a firmware in `folder`. */
export function buildText({ board, manifest, rows, files }: BuiltBoard, folder: string, color: boolean): string {
  const shown = [...files].map(([path, bytes]) => [path, formatBytes(bytes.length)]);
  const { sizes } = manifest;
  const compared = rows.map(({ name, predicted, measured, rule }) => {
    const plan = predicted === null ? '' : `${rule === 'bound' ? 'at most ' : ''}${formatBytes(predicted)}`;
    return [name, plan, formatBytes(measured)];
  });
  const part = (used: number, limit: number) => `${formatBytes(used)} of ${formatBytes(limit)}`;
  return [
    `Built ${folder} for ${board.title}`,
    renderTable(columns(['file', 'size'], shown), shown, { color, indent: 2 }),
    ...(rows.length === 0
      ? []
      : [renderTable(columns(['the model', 'plan', 'program'], compared), compared, { color, indent: 2 })]),
    renderPairs(
      [
        ['flash', part(sizes.flash, sizes.flashLimit)],
        ['SRAM, stack included', part(sizes.sram, sizes.sramLimit)],
        ['kept for the stack', formatBytes(sizes.stack)],
        ['written to', `0x${manifest.address.toString(16).padStart(8, '0')}`],
        ['prints on', `${manifest.console.where}, ${manifest.console.baud} baud`],
      ],
      2,
    ),
  ].join('\n\n');
}

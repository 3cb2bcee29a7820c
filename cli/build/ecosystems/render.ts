import { columns, renderTable } from '../../output/table.ts';
import { formatBytes } from '../../output/text.ts';
import type { EcosystemBuild } from './build.ts';

/** What `thimble build` tells of a firmware that another tool has built. */
export function ecosystemText(title: string, { tool, folder, images, upload }: EcosystemBuild, color: boolean): string {
  const rows = images.map(({ path, bytes }) => [path, formatBytes(bytes)]);
  const table = renderTable(columns(['file', 'size'], rows), rows, { color, indent: 2 });
  return [`Built ${folder} for ${title} with ${tool}`, table, `Next:\n  ${upload}`].join('\n\n');
}

import { titled } from '../report.ts';
import type { GrowthFigure } from './growth.ts';

/** Characters of the longest bar. */
const width = 40;

/** Search nodes against the number of buffers, on a logarithmic scale. */
export function growthReport(figures: readonly GrowthFigure[]): string {
  const plots = [false, true].map((overlapping) => {
    const some = figures.filter((figure) => figure.overlapping === overlapping);
    const title = overlapping ? 'chains with overlaps, by distances' : 'chains without overlaps, by rectangles';
    return titled(
      `  ${title} (# mean nodes, - most nodes; budget ${some[0]?.nodeBudget ?? 0})`,
      some.map(bar).join('\n'),
    );
  });
  return titled('Memory planner: cost against the number of buffers', plots.join('\n'));
}

function bar({ buffers, problems, proved, meanNodes, mostNodes, nodeBudget, meanMs }: GrowthFigure): string {
  const length = (nodes: number) => Math.round((width * Math.log2(1 + nodes)) / Math.log2(1 + nodeBudget));
  const bars = `${'#'.repeat(length(meanNodes))}${'-'.repeat(length(mostNodes) - length(meanNodes))}`.padEnd(width);
  const nodes = `${Math.round(meanNodes)} (${mostNodes})`.padStart(14);
  return `  ${String(buffers).padStart(5)} |${bars}| ${nodes} nodes, ${proved}/${problems} proved, ${meanMs.toFixed(1)} ms`;
}

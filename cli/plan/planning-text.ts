import type { Planning } from '../../converter/plan/outcome.ts';
import { formatCount } from '../output/text.ts';

/** `balanced: layers 0 to 7 row by row, about 1.4 % more instructions`. */
export function planningText({ optimize, kernels, arenaLimitBytes, feedRows, streams, slowdown }: Planning): string {
  const goal =
    arenaLimitBytes === null
      ? kernels === 'size'
        ? 'size'
        : optimize
      : `an arena of at most ${formatCount(arenaLimitBytes)} B`;
  const rows = streams.map(({ first, end }) =>
    first === end - 1 ? `layer ${first}` : `layers ${first} to ${end - 1}`,
  );
  return [
    goal,
    ...(feedRows ? ['input by rows'] : []),
    rows.length === 0 ? 'layer by layer' : `${rows.join(', ')} row by row`,
    ...(slowdown >= 1.0005 ? [`${slowdownText(slowdown)} more instructions`] : []),
  ].join(', ');
}

/** `about 1.4 %`. */
export function slowdownText(slowdown: number): string {
  return `about ${((slowdown - 1) * 100).toFixed(1)} %`;
}

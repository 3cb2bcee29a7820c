import type { CurvePoint } from '../../converter/compress/prune/report/judge.ts';
import { svgStyle } from '../../converter/plan/render/svg-style.ts';
import { coordinate as at, xmlText } from '../../converter/plan/render/xml.ts';

const frame = { left: 72, top: 56, width: 640, height: 320 } as const;

/** What is drawn over MACs: from 0 to 100 %. */
interface Line {
  readonly title: string;
  readonly dash: string;
  readonly of: (point: CurvePoint) => number | null;
}

const lines: readonly Line[] = [
  { title: 'right answers', dash: '', of: ({ accuracy }) => accuracy },
  { title: 'agreement with the float model', dash: '8 4', of: ({ agreement }) => agreement },
  { title: 'output error', dash: '2 3', of: ({ outputError }) => Math.min(1, outputError) },
];

/** The curve as a drawing: quality over the MACs that are left, each point with its numbers as a tip. */
export function curveSvg(name: string, curve: readonly CurvePoint[]): string {
  const whole = Math.max(1, ...curve.map(({ macs }) => macs));
  const x = (macs: number) => at(frame.left + (frame.width * macs) / whole);
  const y = (share: number) => at(frame.top + frame.height * (1 - share));
  const bottom = frame.top + frame.height;
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<path class="grid" d="M${frame.left} ${y(share)}H${frame.left + frame.width}"/>`,
    `<text class="small end" x="${frame.left - 8}" y="${at(frame.top + frame.height * (1 - share) + 4)}">${100 * share} %</text>`,
    `<text class="small middle" x="${x(share * whole)}" y="${bottom + 18}">${100 * share} %</text>`,
  ]);
  const drawn = lines.flatMap(({ title, dash, of }, i) => {
    const points = curve.flatMap((point) => {
      const value = of(point);
      return value === null ? [] : [{ x: x(point.macs), y: y(value), tip: tipOf(point) }];
    });
    if (points.length === 0) return [];
    const path = points.map((point, k) => `${k === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join('');
    const legend = frame.top + frame.height + 60 + 18 * i;
    return [
      `<path class="mark" stroke-dasharray="${dash}" d="${path}"/>`,
      ...points.map(
        (point) =>
          `<circle class="culprit" cx="${point.x}" cy="${point.y}" r="3.5"><title>${xmlText(point.tip)}</title></circle>`,
      ),
      `<path class="mark" stroke-dasharray="${dash}" d="M${frame.left} ${legend}h40"/>`,
      `<text class="small" x="${frame.left + 50}" y="${legend + 4}">${title}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 480" width="760" height="480">`,
    `<style>${svgStyle}</style>`,
    `<rect class="page" width="760" height="480"/>`,
    `<text class="title" x="${frame.left}" y="30">${xmlText(name)}: pruned</text>`,
    ...grid,
    `<text class="small middle" x="${frame.left + frame.width / 2}" y="${bottom + 38}">multiply-accumulates that are left</text>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function tipOf({ macs, parameterBytes, sramBytes, outputError, agreement, accuracy }: CurvePoint): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    `${macs} MACs`,
    `${parameterBytes} B of parameters`,
    ...(sramBytes === null ? [] : [`${sramBytes} B of SRAM`]),
    `output error ${percent(outputError)}`,
    ...(agreement === null ? [] : [`agrees ${percent(agreement)}`]),
    ...(accuracy === null ? [] : [`right ${percent(accuracy)}`]),
  ].join(', ');
}

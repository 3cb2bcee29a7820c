import { countText, shortStep } from './names.ts';
import { momentText, type PlanPicture } from './picture.ts';
import { addressTicks, type SvgFrame, tickStride } from './svg-frame.ts';
import { coordinate as at, xmlText } from './xml.ts';

/** The axis of addresses with lines across the drawing, and the lower bound where the arena is larger. */
export function addressAxis({ plan }: PlanPicture, frame: SvgFrame): string[] {
  const right = frame.left + frame.width;
  const line = (kind: string, offset: number) => {
    return `<path class="${kind}" d="M${frame.left} ${at(frame.y(offset))}H${at(right)}"/>`;
  };
  const label = (offset: number) => {
    const y = at(frame.y(offset) + 4);
    return `<text class="small end" x="${frame.left - 8}" y="${y}">${countText(offset)}</text>`;
  };
  const { arenaBytes, lowerBoundBytes } = plan;
  const isBelow = lowerBoundBytes < arenaBytes;
  const ends = isBelow ? [arenaBytes, lowerBoundBytes] : [arenaBytes];
  const isFree = (offset: number) => ends.every((end) => Math.abs(frame.y(offset) - frame.y(end)) > 14);
  const ticks = addressTicks(arenaBytes).map((offset) => line('grid', offset) + (isFree(offset) ? label(offset) : ''));
  const middle = frame.top + frame.height / 2;
  return [
    ...ticks,
    line('edge', 0),
    line('edge', arenaBytes) + label(arenaBytes),
    ...(isBelow ? [boundLine(lowerBoundBytes, line('bound', lowerBoundBytes), frame)] : []),
    `<text class="small middle" transform="translate(16 ${at(middle)}) rotate(-90)">address in the arena, bytes</text>`,
  ];
}

function boundLine(bytes: number, line: string, frame: SvgFrame): string {
  const text = `<text class="small end" x="${at(frame.left + frame.width - 4)}" y="${at(frame.y(bytes) - 4)}">lower bound</text>`;
  return `<g><title>lower bound: ${countText(bytes)} bytes</title>${line}${text}</g>`;
}

/** Whether the operators of the steps are written below their numbers. */
export function namesSteps({ stepWidth }: SvgFrame): boolean {
  return stepWidth >= 16;
}

/** The axis of steps: numbers, operators where there is room, and a bar below steps that are done row by row. */
export function stepAxis(picture: PlanPicture, frame: SvgFrame): string[] {
  const bottom = frame.top + frame.height;
  const stride = tickStride(frame.stepWidth);
  const named = namesSteps(frame);
  const steps = picture.steps.flatMap((name, step) => {
    if (!named && step % stride !== 0) return [];
    const middle = frame.x(step) + frame.stepWidth / 2;
    const tip = `<title>${xmlText(momentText(picture, step, 100))}</title>`;
    const tick = `<path class="edge" d="M${at(middle)} ${bottom}v5"/>`;
    const number =
      step % stride === 0 ? `<text class="small middle" x="${at(middle)}" y="${bottom + 18}">${step}</text>` : '';
    const place = `translate(${at(middle + 4)} ${bottom + 30}) rotate(-55)`;
    const operator = named ? `<text class="small end" transform="${place}">${xmlText(shortStep(name, 21))}</text>` : '';
    return [`<g>${tip}${tick}${number}${operator}</g>`];
  });
  const streams = picture.streams.map(({ first, end }) => {
    const line = `M${at(frame.x(first) + 2)} ${bottom + 3}H${at(frame.x(end) - 2)}`;
    return `<g><title>${xmlText(momentText(picture, first, 100))}</title><path class="stream" d="${line}"/></g>`;
  });
  return [...steps, ...streams];
}

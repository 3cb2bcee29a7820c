import type { Placement } from '../plan.ts';
import type { BufferId } from '../program.ts';
import { countText, shortName, shortStep, stepText } from './names.ts';
import type { Peak } from './peak.ts';
import { nameAt, type PlanPicture, stepName } from './picture.ts';
import { addressTicks, type SvgFrame, svgFrame, tickStride } from './svg-frame.ts';
import { svgStyle } from './svg-style.ts';
import { coordinate as at, xmlText } from './xml.ts';

/**
 * The memory map as an SVG file that needs nothing else: steps from left to right, addresses from the bottom up, a rectangle for each
 * buffer with its facts as a tooltip. The peak is marked, and the buffers alive there stand out and are listed below. Bytes that two buffers
 * share at the same time are hatched. The same plan gives the same text.
 *
 * @param title above the drawing
 */
export function mapSvg(picture: PlanPicture, peak: Peak, title: string): string {
  const { plan, steps } = picture;
  const frame = svgFrame(plan, steps.length);
  const culprits = new Set(peak.culprits.map(({ buffer }) => buffer.id));
  const listTop = frame.top + frame.height + (namesSteps(frame) ? 164 : 44);
  const list = culpritList(picture, peak, frame, listTop);
  const [width, height] = [frame.left + frame.width + 24, listTop + 18 * list.length + 12];
  const shared = sharedAreas(plan.placements);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${at(width)} ${at(height)}" width="${at(width)}" height="${at(height)}" role="img">`,
    `<title>${xmlText(title)}</title>`,
    `<style>${svgStyle}</style>`,
    '<defs><pattern id="thimble-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0V6"/></pattern></defs>',
    `<rect class="page" width="100%" height="100%"/>`,
    ...heading(picture, peak, frame, title),
    ...legend(plan.placements, culprits, shared.length > 0, frame),
    band(peak, frame),
    ...addressAxis(picture, frame),
    ...plan.placements.map((placement) => bufferRect(picture, placement, culprits, peak, frame)),
    ...shared.map((area) => sharedRect(area, frame)),
    ...stepAxis(picture, frame),
    ...peakMark(peak, steps.length, frame),
    ...list,
    '</svg>',
    '',
  ].join('\n');
}

/** Bytes that two buffers have in common, while both are alive. */
interface SharedArea {
  readonly of: readonly [Placement, Placement];
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

function sharedAreas(placements: readonly Placement[]): readonly SharedArea[] {
  return placements.flatMap((one, i) =>
    placements.slice(i + 1).flatMap((other): SharedArea[] => {
      const start = Math.max(one.lifetime.start, other.lifetime.start);
      const end = Math.min(one.lifetime.end, other.lifetime.end);
      const from = Math.max(one.offset, other.offset);
      const to = Math.min(one.offset + one.buffer.bytes, other.offset + other.buffer.bytes);
      return start < end && from < to ? [{ of: [one, other], start, end, from, to }] : [];
    }),
  );
}

/** Pixels of an average character, a generous one. */
const charWidth = 6.6;

function heading(picture: PlanPicture, peak: Peak, frame: SvgFrame, title: string): string[] {
  const characters = Math.floor(frame.width / charWidth);
  const where = `peak: ${countText(peak.topBytes)} bytes at ${placeText(picture, peak.step)}`;
  return [
    `<text class="title" x="${frame.left}" y="26">${xmlText(stepText(title, Math.floor(characters * 0.75)))}</text>`,
    `<text x="${frame.left}" y="46">${xmlText(stepText(where, characters))}</text>`,
  ];
}

function placeText(picture: PlanPicture, step: number): string {
  const name = stepName(picture, step);
  return step < 0 || step >= picture.steps.length ? `the ${name}` : `step ${step}, ${stepText(name, 100)}`;
}

/** What the colours mean, as far as they occur. */
function legend(
  placements: readonly Placement[],
  culprits: ReadonlySet<BufferId>,
  isShared: boolean,
  frame: SvgFrame,
): string[] {
  const kinds = (['activation', 'scratch', 'state'] as const).flatMap((kind) => {
    const alike = placements.filter(({ buffer }) => buffer.kind === kind).map(({ buffer }) => culprits.has(buffer.id));
    const atPeak = kind === 'activation' ? 'alive at the peak' : `${kind}, alive at the peak`;
    return [
      ...(alike.includes(false) ? [{ text: kind as string, paint: `class="${kind}"` }] : []),
      ...(alike.includes(true) ? [{ text: atPeak, paint: `class="${kind} culprit"` }] : []),
    ];
  });
  const entries = [
    ...kinds,
    ...(isShared ? [{ text: 'bytes of two buffers', paint: 'fill="url(#thimble-hatch)"' }] : []),
  ];
  let x = frame.left;
  return entries.flatMap(({ text, paint }) => {
    const here = x;
    x += 34 + text.length * charWidth;
    const swatch = `<rect ${paint} x="${at(here)}" y="56" width="14" height="10"/>`;
    return [`${swatch}<text class="small" x="${at(here + 19)}" y="65">${text}</text>`];
  });
}

function band({ step }: Peak, frame: SvgFrame): string {
  const [x, width] = [at(frame.x(step)), at(frame.stepWidth)];
  return `<rect class="band" x="${x}" y="${frame.top}" width="${width}" height="${frame.height}"/>`;
}

function addressAxis({ plan }: PlanPicture, frame: SvgFrame): string[] {
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
  const text = `<text class="small" x="${at(frame.left + 4)}" y="${at(frame.y(bytes) - 4)}">lower bound</text>`;
  return `<g><title>lower bound: ${countText(bytes)} bytes</title>${line}${text}</g>`;
}

function bufferRect(
  picture: PlanPicture,
  placement: Placement,
  culprits: ReadonlySet<BufferId>,
  peak: Peak,
  frame: SvgFrame,
): string {
  const { buffer, lifetime, offset } = placement;
  const isCulprit = culprits.has(buffer.id);
  const x = frame.x(lifetime.start);
  const y = frame.y(offset + buffer.bytes);
  const width = frame.x(lifetime.end) - x;
  const height = frame.y(offset) - y;
  const name = isCulprit ? nameAt(picture, buffer.id, peak.step) : buffer.name;
  return [
    `<g><title>${factsText(picture, placement).map(xmlText).join('\n')}</title>`,
    `<rect class="${buffer.kind}${isCulprit ? ' culprit' : ''}" x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}"/>`,
    `${rectLabel(`b${buffer.id}`, name, x, y, width, height)}</g>`,
  ].join('');
}

/** The lines of a buffer's tooltip. */
function factsText(picture: PlanPicture, { buffer, lifetime, offset }: Placement): readonly string[] {
  const { id, kind, name, bytes } = buffer;
  const tensors = (picture.tensors.get(id) ?? []).filter((span) => span.name !== name);
  const life = [lifetime.start, lifetime.end - 1].map((step) => placeText(picture, step));
  return [
    `b${id}, ${kind}: ${name.slice(0, longestName)}`,
    ...tensors.map((span) => `then ${span.name.slice(0, longestName)}`),
    `${countText(bytes)} bytes, ${countText(offset)} to ${countText(offset + bytes)}`,
    life[0] === life[1] ? `alive at ${life[0]}` : `alive from ${life[0]} to ${life[1]}`,
  ];
}

/** Characters of a name in a tooltip: names that TensorFlow has fused have hundreds. */
const longestName = 200;

/** Number and name of a buffer in its rectangle, as much as there is room for: upright where they do not fit from left to right. */
function rectLabel(number: string, name: string, x: number, y: number, width: number, height: number): string {
  const isUpright = height > width && `${number} ${shortName(name, longestName)}`.length > charactersIn(width);
  const [along, across] = isUpright ? [height, width] : [width, height];
  const room = charactersIn(along);
  if (across < 13 || room < number.length) return '';
  const rest = room - number.length - 1;
  const text = rest < 6 ? number : `${number} ${shortName(name, rest)}`;
  if (!isUpright) return `<text class="label" x="${at(x + 4)}" y="${at(y + height / 2 + 4)}">${xmlText(text)}</text>`;
  const place = `translate(${at(x + width / 2 + 4)} ${at(y + height - 4)}) rotate(-90)`;
  return `<text class="label" transform="${place}">${xmlText(text)}</text>`;
}

function charactersIn(pixels: number): number {
  return Math.floor((pixels - 8) / charWidth);
}

function sharedRect({ of: [one, other], start, end, from, to }: SharedArea, frame: SvgFrame): string {
  const [x, y] = [frame.x(start), frame.y(to)];
  const text = `b${one.buffer.id} and b${other.buffer.id} share ${countText(to - from)} bytes, ${countText(from)} to ${countText(to)}`;
  const size = `width="${at(frame.x(end) - x)}" height="${at(frame.y(from) - y)}"`;
  return `<g><title>${text}</title><rect class="shared" fill="url(#thimble-hatch)" x="${at(x)}" y="${at(y)}" ${size}/></g>`;
}

/** Whether the operators of the steps are written below their numbers. */
function namesSteps({ stepWidth }: SvgFrame): boolean {
  return stepWidth >= 16;
}

function stepAxis(picture: PlanPicture, frame: SvgFrame): string[] {
  const bottom = frame.top + frame.height;
  const stride = tickStride(frame.stepWidth);
  const named = namesSteps(frame);
  return picture.steps.flatMap((name, step) => {
    if (!named && step % stride !== 0) return [];
    const middle = frame.x(step) + frame.stepWidth / 2;
    const tip = `<title>${xmlText(placeText(picture, step))}</title>`;
    const tick = `<path class="edge" d="M${at(middle)} ${bottom}v5"/>`;
    const number =
      step % stride === 0 ? `<text class="small middle" x="${at(middle)}" y="${bottom + 18}">${step}</text>` : '';
    const place = `translate(${at(middle + 4)} ${bottom + 30}) rotate(-55)`;
    const operator = named ? `<text class="small end" transform="${place}">${xmlText(shortStep(name, 21))}</text>` : '';
    return [`<g>${tip}${tick}${number}${operator}</g>`];
  });
}

/** Lines beside the peak, and a word above it. */
function peakMark({ step }: Peak, stepCount: number, frame: SvgFrame): string[] {
  const [left, right] = [frame.x(step), frame.x(step + 1)];
  const lines = `M${at(left)} ${frame.top - 6}V${frame.top + frame.height}M${at(right)} ${frame.top - 6}V${frame.top + frame.height}`;
  const anchor = step >= stepCount - 1 ? 'small end' : 'small middle';
  const x = step >= stepCount - 1 ? right : (left + right) / 2;
  return [`<path class="mark" d="${lines}"/>`, `<text class="${anchor}" x="${at(x)}" y="${frame.top - 9}">peak</text>`];
}

/** Buffers that are listed below the drawing. */
const listed = 10;

function culpritList(picture: PlanPicture, { culprits, step }: Peak, frame: SvgFrame, top: number): string[] {
  const characters = Math.floor(frame.width / charWidth);
  const lines = culprits.slice(0, listed).map(({ buffer }) => {
    const text = `${countText(buffer.bytes)} bytes: b${buffer.id} `;
    const kind = buffer.kind === 'activation' ? '' : ` (${buffer.kind})`;
    return text + shortName(nameAt(picture, buffer.id, step), characters - text.length - kind.length) + kind;
  });
  const more = culprits.length > listed ? [`and ${culprits.length - listed} smaller ones`] : [];
  return ['Alive at the peak', ...lines, ...more].map((text, i) => {
    const dot =
      i === 0 || i > listed
        ? ''
        : `<rect class="${culprits[i - 1]?.buffer.kind ?? 'activation'} culprit" x="${frame.left}" y="${top + 18 * i - 9}" width="10" height="10"/>`;
    return `${dot}<text x="${frame.left + (i === 0 ? 0 : 16)}" y="${top + 18 * i}">${xmlText(text)}</text>`;
  });
}

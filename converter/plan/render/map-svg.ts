import type { Placement } from '../plan.ts';
import type { BufferId } from '../program.ts';
import { countText, shortName, stepText } from './names.ts';
import type { Peak } from './peak.ts';
import { momentText, nameAt, type PlanPicture, spanAt, type WorkSpan } from './picture.ts';
import { type SharedArea, sharedAreas } from './shared-area.ts';
import { addressAxis, namesSteps, stepAxis } from './svg-axes.ts';
import { charWidth, type SvgFrame, svgFrame } from './svg-frame.ts';
import { bufferLabels } from './svg-label.ts';
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
  return mapDrawing(picture, peak, title).text;
}

/** An SVG file with its size in pixels. */
export interface SvgDrawing {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

/** {@link mapSvg} with its size. */
export function mapDrawing(picture: PlanPicture, peak: Peak, title: string): SvgDrawing {
  const { plan, steps } = picture;
  const frame = svgFrame(plan, steps.length);
  const culprits = new Set(peak.culprits.map(({ buffer }) => buffer.id));
  const listTop = frame.top + frame.height + (namesSteps(frame) ? 164 : 44);
  const list = culpritList(picture, peak, frame, listTop);
  const [width, height] = [frame.left + frame.width + 24, listTop + 18 * list.length + 12];
  const shared = sharedAreas(plan.placements);
  const mark = spanAt(picture, peak.step);
  const text = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${at(width)} ${at(height)}" width="${at(width)}" height="${at(height)}" role="img">`,
    `<title>${xmlText(title)}</title>`,
    `<style>${svgStyle}</style>`,
    '<defs><pattern id="thimble-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0V6"/></pattern></defs>',
    `<rect class="page" width="100%" height="100%"/>`,
    ...heading(picture, peak, frame, title),
    ...legend(plan.placements, culprits, shared.length > 0, frame),
    band(mark, frame),
    ...addressAxis(picture, frame),
    ...plan.placements.map((placement) => bufferRect(picture, placement, culprits, frame)),
    ...shared.map((area) => sharedRect(area, frame)),
    ...bufferLabels(picture, shared, culprits, peak, frame),
    ...stepAxis(picture, frame),
    ...peakMark(mark, steps.length, frame),
    ...list,
    '</svg>',
    '',
  ].join('\n');
  return { text, width, height };
}

function heading(picture: PlanPicture, peak: Peak, frame: SvgFrame, title: string): string[] {
  const characters = Math.floor(frame.width / charWidth);
  const where = `peak: ${countText(peak.topBytes)} bytes at ${momentText(picture, peak.step, 100)}`;
  return [
    `<text class="title" x="${frame.left}" y="26">${xmlText(stepText(title, Math.floor(characters * 0.75)))}</text>`,
    `<text x="${frame.left}" y="46">${xmlText(stepText(where, characters))}</text>`,
  ];
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
    ...(isShared ? [{ text: 'bytes of several buffers', paint: 'fill="url(#thimble-hatch)"' }] : []),
  ];
  let x = frame.left;
  return entries.flatMap(({ text, paint }) => {
    const here = x;
    x += 34 + text.length * charWidth;
    const swatch = `<rect ${paint} x="${at(here)}" y="56" width="14" height="10"/>`;
    return [`${swatch}<text class="small" x="${at(here + 19)}" y="65">${text}</text>`];
  });
}

function band({ first, end }: WorkSpan, frame: SvgFrame): string {
  const [x, width] = [at(frame.x(first)), at(frame.x(end) - frame.x(first))];
  return `<rect class="band" x="${x}" y="${frame.top}" width="${width}" height="${frame.height}"/>`;
}

function bufferRect(
  picture: PlanPicture,
  placement: Placement,
  culprits: ReadonlySet<BufferId>,
  frame: SvgFrame,
): string {
  const { x, y, width, height } = frame.place(placement);
  const paint = `${placement.buffer.kind}${culprits.has(placement.buffer.id) ? ' culprit' : ''}`;
  return [
    `<g><title>${factsText(picture, placement).map(xmlText).join('\n')}</title>`,
    `<rect class="${paint}" x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}"/></g>`,
  ].join('');
}

/** The lines of a buffer's tooltip. */
function factsText(picture: PlanPicture, { buffer, lifetime, offset }: Placement): readonly string[] {
  const { id, kind, name, bytes } = buffer;
  const tensors = (picture.tensors.get(id) ?? []).filter((span) => span.name !== name);
  const life = [lifetime.start, lifetime.end - 1].map((step) => momentText(picture, step, 100));
  return [
    `b${id}, ${kind}: ${name.slice(0, longestName)}`,
    ...tensors.map((span) => `then ${span.name.slice(0, longestName)}`),
    `${countText(bytes)} bytes, ${countText(offset)} to ${countText(offset + bytes)}`,
    life[0] === life[1] ? `alive at ${life[0]}` : `alive from ${life[0]} to ${life[1]}`,
  ];
}

/** Characters of a name in a tooltip: names that TensorFlow has fused have hundreds. */
const longestName = 200;

function sharedRect({ of: [one, other], start, end, from, to }: SharedArea, frame: SvgFrame): string {
  const [x, y] = [frame.x(start), frame.y(to)];
  const text = `b${one.buffer.id} and b${other.buffer.id} share ${countText(to - from)} bytes, ${countText(from)} to ${countText(to)}`;
  const size = `width="${at(frame.x(end) - x)}" height="${at(frame.y(from) - y)}"`;
  return `<g><title>${text}</title><rect class="shared" fill="url(#thimble-hatch)" x="${at(x)}" y="${at(y)}" ${size}/></g>`;
}

/** Lines beside the peak, and a word above it. */
function peakMark({ first, end }: WorkSpan, stepCount: number, frame: SvgFrame): string[] {
  const [left, right] = [frame.x(first), frame.x(end)];
  const lines = `M${at(left)} ${frame.top - 6}V${frame.top + frame.height}M${at(right)} ${frame.top - 6}V${frame.top + frame.height}`;
  const isLast = first >= stepCount - 1;
  const anchor = isLast ? 'small end' : 'small middle';
  const x = isLast ? right : (left + right) / 2;
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

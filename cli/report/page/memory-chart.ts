import { addressTicks, charWidth, type SvgArea, tickStride } from '../../../converter/plan/render/svg-frame.ts';
import { coordinate as at } from '../../../converter/plan/render/xml.ts';
import type { ReportBuffer, ReportMemory } from '../schema.ts';
import { bytesText } from './figures.ts';
import { type Html, html } from './html.ts';
import { cutName, fullName } from './names.ts';

/** Buffers that are drawn, those that hold most for longest. */
export const buffersDrawn = 3000;

const [left, top, mapHeight, gap, liveHeight, bottom] = [84, 28, 340, 46, 120, 34];

/** Where steps and bytes lie in the drawing, in pixels. */
interface MemoryFrame {
  readonly width: number;
  readonly height: number;
  readonly stepWidth: number;
  /** Steps, the one before the first and what comes after the last included. */
  readonly spans: number;
  x(step: number): number;
  y(bytes: number): number;
  /** In the lower drawing. */
  liveY(bytes: number): number;
}

function memoryFrame({ arenaBytes, buffers, steps }: ReportMemory): MemoryFrame {
  const last = buffers.reduce((most, buffer) => Math.max(most, buffer.last), steps.length);
  const spans = last + 2;
  const stepWidth = Math.max(6, Math.min(64, 960 / spans));
  const liveTop = top + mapHeight + gap;
  const most = steps.reduce((bytes, { liveBytes }) => Math.max(bytes, liveBytes), Math.max(1, arenaBytes));
  return {
    width: left + spans * stepWidth + 16,
    height: liveTop + liveHeight + bottom,
    stepWidth,
    spans,
    x: (step) => left + (step + 1) * stepWidth,
    y: (bytes) => top + mapHeight * (1 - bytes / Math.max(1, arenaBytes)),
    liveY: (bytes) => liveTop + liveHeight * (1 - bytes / most),
  };
}

/**
 * The arena over time: steps from left to right, addresses from the bottom up, a rectangle for each buffer; below it the bytes alive at
 * each step beside the lower bound. The peak is marked.
 */
export function memoryDrawing(memory: ReportMemory, summary: string): Html {
  const frame = memoryFrame(memory);
  const culprits = new Set(memory.peak.culprits);
  const [width, height] = [at(frame.width), at(frame.height)];
  const held = ({ bytes, first, last }: ReportBuffer) => bytes * (last - first + 1);
  const drawn = memory.buffers
    .map((buffer, index) => ({ buffer, isCulprit: culprits.has(index) }))
    .sort((a, b) => held(b.buffer) - held(a.buffer))
    .slice(0, buffersDrawn);
  const areas = drawn.map(({ buffer }) => bufferArea(buffer, frame));
  return html`<svg class="memory" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${summary}">
<defs><pattern id="scratch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6"/></pattern></defs>
${memory.steps.map(({ layer }, step) => html`<rect class="step" data-layer="${layer}" x="${at(frame.x(step))}" y="${top}" width="${at(frame.stepWidth)}" height="${at(frame.height - top - bottom)}"/>`)}
${addresses(memory, frame)}
${drawn.map(({ buffer, isCulprit }, i) => bufferBox(memory, buffer, isCulprit, areas.slice(i)))}${peakMark(memory, frame)}${liveLine(memory, frame)}
${stepAxis(memory, frame)}</svg>`;
}

function peakMark({ peak }: ReportMemory, frame: MemoryFrame): Html {
  const [x, end] = [frame.x(peak.step), frame.x(peak.step + 1)];
  const isLate = x > frame.width - 60;
  return html`<path class="peak" d="M${at(x)} ${top - 6}V${at(frame.height - bottom)}M${at(end)} ${top - 6}V${at(frame.height - bottom)}"/><text class="strong${isLate ? ' end' : ''}" x="${at(isLate ? end : x)}" y="${top - 11}">peak</text>`;
}

function addresses({ arenaBytes, lowerBoundBytes }: ReportMemory, frame: MemoryFrame): Html {
  const right = at(frame.width - 16);
  const line = (kind: string, y: number) => html`<path class="${kind}" d="M${left} ${at(y)}H${right}"/>`;
  const label = (bytes: number, y: number) =>
    html`<text class="end" x="${left - 8}" y="${at(y + 4)}">${bytesText(bytes)}</text>`;
  const isFree = (bytes: number) => Math.abs(frame.y(bytes) - frame.y(arenaBytes)) > 14;
  return html`${addressTicks(arenaBytes).map((bytes) => [line('grid', frame.y(bytes)), isFree(bytes) ? label(bytes, frame.y(bytes)) : null])}${line('axis', frame.y(0))}${line('axis', frame.y(arenaBytes))}${label(arenaBytes, frame.y(arenaBytes))}
${line('axis', frame.liveY(0))}${label(0, frame.liveY(0))}${line('bound', frame.liveY(lowerBoundBytes))}<text x="${left + 6}" y="${at(frame.liveY(lowerBoundBytes) - 5)}">lower bound ${bytesText(lowerBoundBytes)}</text>
<text class="middle" transform="translate(14 ${top + mapHeight / 2}) rotate(-90)">address in the arena</text><text class="middle" transform="translate(14 ${top + mapHeight + gap + liveHeight / 2}) rotate(-90)">bytes alive</text>`;
}

function bufferArea({ offset, bytes, first, last }: ReportBuffer, frame: MemoryFrame): SvgArea {
  const y = frame.y(offset + bytes);
  return { x: frame.x(first), y, width: (last - first + 1) * frame.stepWidth, height: frame.y(offset) - y };
}

/** A buffer with its name. Its area is the first of `areas`, those of what is drawn over it follow. */
function bufferBox({ steps }: ReportMemory, buffer: ReportBuffer, isCulprit: boolean, areas: readonly SvgArea[]): Html {
  const { name, kind, offset, bytes, first } = buffer;
  const [area = { x: 0, y: 0, width: 0, height: 0 }, ...over] = areas;
  const { x, y, width, height } = area;
  const layer = steps[first]?.layer;
  const facts = `${kind}, ${bytesText(bytes)}, from ${offset} to ${offset + bytes}, ${lifeText(buffer, steps.length)}`;
  return html`<g class="buffer ${kind}${isCulprit ? ' culprit' : ''}"${layer === undefined ? null : html` data-layer="${layer}"`}><title>${fullName(name)}: ${facts}</title><rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}"/>${kind === 'scratch' ? html`<rect class="hatched" x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}"/>` : null}${label(name, over.reduce(besides, area))}</g>
`;
}

/** When a buffer is alive, in words. */
export function lifeText({ first, last }: ReportBuffer, stepCount: number): string {
  const moment = (step: number) => (step < 0 ? 'start' : step >= stepCount ? 'end' : `step ${step}`);
  return first === last ? `alive at ${moment(first)}` : `alive from ${moment(first)} to ${moment(last)}`;
}

/** The largest part of an area beside, above or below another one. */
function besides(area: SvgArea, other: SvgArea): SvgArea {
  const { x, y, width, height } = area;
  const [right, end, otherRight, otherEnd] = [x + width, y + height, other.x + other.width, other.y + other.height];
  if (other.x >= right || otherRight <= x || other.y >= end || otherEnd <= y) return area;
  const pieces = [
    { x, y, width: other.x - x, height },
    { x: otherRight, y, width: right - otherRight, height },
    { x, y, width, height: other.y - y },
    { x, y: otherEnd, width, height: end - otherEnd },
  ];
  const size = (one: SvgArea) => Math.max(0, one.width) * Math.max(0, one.height);
  return pieces.reduce((most, one) => (size(one) > size(most) ? one : most));
}

/** The name, upright where it has no room from left to right; small where it has none either, for those who zoom. */
function label(name: string, { x, y, width, height }: SvgArea): Html | null {
  const isUpright = height > width;
  const [along, across] = isUpright ? [height, width] : [width, height];
  const scale = Math.min(1, across / 13);
  const room = Math.floor((along - 6) / (charWidth * scale));
  if (room < 6 || scale < 0.25) return null;
  const text = cutName(name, Math.min(room, 60));
  const [place, turn] = isUpright
    ? [`translate(${at(x + width / 2 + 4 * scale)} ${at(y + height - 3)})`, ' rotate(-90)']
    : [`translate(${at(x + 3)} ${at(y + height / 2 + 4 * scale)})`, ''];
  const size = scale < 1 ? ` scale(${at(scale)})` : '';
  return html`<text${scale < 0.8 ? html` class="fine"` : null} transform="${place}${turn}${size}">${text}</text>`;
}

function liveLine({ steps }: ReportMemory, frame: MemoryFrame): Html {
  const points = steps.map(
    ({ liveBytes }, step) => `${at(frame.x(step))} ${at(frame.liveY(liveBytes))}H${at(frame.x(step + 1))}`,
  );
  if (points.length === 0) return html``;
  const base = at(frame.liveY(0));
  const area = `M${at(frame.x(0))} ${base}L${points.join('L')}V${base}z`;
  return html`<path class="live-area" d="${area}"/><path class="live" d="M${points.join('L')}"/>`;
}

function stepAxis({ steps }: ReportMemory, frame: MemoryFrame): Html {
  const stride = tickStride(frame.stepWidth);
  const numbered = steps.flatMap((_, step) => (step % stride === 0 ? [step] : []));
  const y = frame.height - bottom;
  return html`${numbered.map((step) => html`<text class="middle" x="${at(frame.x(step) + frame.stepWidth / 2)}" y="${at(y + 15)}">${step}</text>`)}<text class="middle" x="${at(left + (frame.spans * frame.stepWidth) / 2)}" y="${at(y + 29)}">step</text>`;
}

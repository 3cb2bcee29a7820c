import type { BufferId } from '../program.ts';
import { shortName } from './names.ts';
import type { Peak } from './peak.ts';
import { nameAt, type PlanPicture } from './picture.ts';
import { ownSteps, type SharedArea } from './shared-area.ts';
import { charWidth, type SvgArea, type SvgFrame } from './svg-frame.ts';
import { coordinate as at, xmlText } from './xml.ts';

/**
 * The names of all buffers in their rectangles, where nothing lies over them if possible; those of `culprits` as at the peak. Nothing
 * where there is no room.
 */
export function bufferLabels(
  picture: PlanPicture,
  shared: readonly SharedArea[],
  culprits: ReadonlySet<BufferId>,
  peak: Peak,
  frame: SvgFrame,
): string[] {
  return picture.plan.placements.flatMap((placement) => {
    const { id, name } = placement.buffer;
    const shown = culprits.has(id) ? nameAt(picture, id, peak.step) : name;
    return label(`b${id}`, shown, frame.place({ ...placement, lifetime: ownSteps(placement, shared) }));
  });
}

/** Number and name, as much as there is room for: upright where they do not fit from left to right. */
function label(number: string, name: string, { x, y, width, height }: SvgArea): string[] {
  const isUpright = height > width && `${number} ${shortName(name, longestLabel)}`.length > charactersIn(width);
  const [along, across] = isUpright ? [height, width] : [width, height];
  const room = charactersIn(along);
  if (across < 13 || room < number.length) return [];
  const rest = room - number.length - 1;
  const text = xmlText(rest < 6 ? number : `${number} ${shortName(name, rest)}`);
  if (!isUpright) return [`<text class="label" x="${at(x + 4)}" y="${at(y + height / 2 + 4)}">${text}</text>`];
  const place = `translate(${at(x + width / 2 + 4)} ${at(y + height - 4)}) rotate(-90)`;
  return [`<text class="label" transform="${place}">${text}</text>`];
}

const longestLabel = 200;

function charactersIn(pixels: number): number {
  return Math.floor((pixels - 8) / charWidth);
}

import { type MemoryPlan, planOfBank } from '../plan.ts';
import { mapDrawing, type SvgDrawing } from './map-svg.ts';
import { momentsOf, peakOf } from './peak.ts';
import type { PlanPicture } from './picture.ts';

/** The picture of each memory of a plan, the arena first: one picture for a plan of one memory. */
export function bankPictures(picture: PlanPicture): readonly [PlanPicture, ...PlanPicture[]] {
  const { plan } = picture;
  const further = plan.banks.slice(1).map((_, i): PlanPicture => ({ ...picture, plan: planOfBank(plan, i + 1) }));
  return [{ ...picture, plan: planOfBank(plan, 0) }, ...further];
}

/** What a memory of a plan is called: `arena in AXI SRAM`, `DTCM`. */
export function bankTitle({ banks }: MemoryPlan, bank: number): string {
  const name = banks[bank]?.name;
  if (bank > 0) return name ?? '';
  return name === undefined ? 'arena' : `arena in ${name}`;
}

/** The maps of all memories as one SVG file, one below the other; that of the one map for a plan of one memory. */
export function banksSvg(picture: PlanPicture, title: string): string {
  const drawings = bankPictures(picture).flatMap((one, bank): SvgDrawing[] => {
    const peak = peakOf(momentsOf(one.plan, one.steps.length));
    const suffix = picture.plan.banks.length > 1 ? `, ${bankTitle(picture.plan, bank)}` : '';
    return peak === null ? [] : [mapDrawing(one, peak, title + suffix)];
  });
  const [first, ...others] = drawings;
  if (first !== undefined && others.length === 0) return first.text;
  const width = Math.max(0, ...drawings.map((drawing) => drawing.width));
  const height = drawings.reduce((sum, drawing) => sum + drawing.height, 0);
  let y = 0;
  const placed = drawings.map((drawing) => {
    const text = drawing.text.replace('<svg ', `<svg y="${y}" `);
    y += drawing.height;
    return text;
  });
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  return [`<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`, ...placed, '</svg>', ''].join('\n');
}

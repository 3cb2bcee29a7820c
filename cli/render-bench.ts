import type { DeviceUse } from './engine/engine.ts';
import { type Cell, columns, renderTable } from './output/table.ts';
import { formatBytes, formatCount } from './output/text.ts';

/** One layer of a program with what it cost. */
export interface BenchLayer {
  readonly layer: number;
  readonly name: string;
  readonly operator: string;
  readonly macs: number;
  readonly instructions: number;
}

/** The layers as a table, and the whole inference below it. */
export function benchText(
  title: string,
  device: DeviceUse,
  layers: readonly BenchLayer[],
  macs: number,
  color: boolean,
): string {
  const rows = layers.map(({ layer, name, operator, macs: own, instructions }): Cell[] => {
    const share = `${((100 * instructions) / Math.max(1, device.instructions)).toFixed(1)} %`;
    return [layer, operator, shortName(name), own === 0 ? null : own, instructions, perMac(instructions, own), share];
  });
  const titles = ['layer', 'operator', 'name', 'MACs', 'instructions', 'per MAC', 'share'];
  const exact = device.counter === 'plugin' ? '' : ' (by a timer; layers are counted with gcc on this computer)';
  const ratio = perMac(device.instructions, macs);
  return [
    title,
    ...(rows.length === 0 ? [] : [renderTable(columns(titles, rows), rows, { color, indent: 2 })]),
    [
      `${formatCount(device.instructions)} instructions per inference${ratio === null ? '' : `, ${ratio} per MAC`}${exact}`,
      ...(device.cycles === null ? [] : [`${formatCount(device.cycles)} cycles, flash without wait states`]),
      `code flash ${formatBytes(device.codeFlashBytes)}, weights ${formatBytes(device.weightFlashBytes)}, SRAM ${formatBytes(device.sramBytes)}`,
    ].join('\n'),
  ].join('\n\n');
}

function perMac(instructions: number, macs: number): string | null {
  return macs === 0 ? null : (instructions / macs).toFixed(2);
}

const shortNameLength = 48;

/** Names of fused layers list all that was fused. */
function shortName(name: string): string {
  return name.length <= shortNameLength ? name : `${name.slice(0, shortNameLength - 3)}...`;
}

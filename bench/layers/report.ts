import type { Cell } from '../../cli/output/table.ts';
import { block } from '../report.ts';
import type { LayersFigure } from './measure.ts';

/** Layers that take less than this part of a run are one row. */
const smallShare = 0.01;

/** A table for each model, engine and variant. */
export function layersReport(figures: readonly LayersFigure[]): string {
  return figures.map(table).join('\n\n');
}

function table({ id, host, variant, runUs, rooflineMacsPerNs, loadBytesPerNs, layers }: LayersFigure): string {
  const whole = layers.reduce((sum, { us }) => sum + us, 0);
  const isSmall = (us: number) => us < smallShare * whole;
  const rows = layers.flatMap((layer, i): Cell[][] => {
    const { name, type, macs, instructions, us, macsPerNs, roofline, constantBytes, ofLoads } = layer;
    if (isSmall(us)) return [];
    const reading = constantBytes === 0 ? [null, null] : [(constantBytes / us / 1000).toFixed(1), percent(ofLoads)];
    const rate = macs === 0 ? [null, null] : [macsPerNs.toFixed(1), percent(roofline), ...reading];
    const work = [macs === 0 ? null : macs, instructions, perNs(instructions, us)];
    return [[i, type, shortened(name), ...work, us.toFixed(1), percent(us / whole), ...rate]];
  });
  const small = layers.filter(({ us }) => isSmall(us));
  const rest = small.reduce((sum, { us }) => sum + us, 0);
  const executed = (of: typeof layers) => of.reduce((sum, { instructions }) => sum + instructions, 0);
  const others: Cell[] = [
    ...[null, `${small.length} others`, '', null, executed(small), perNs(executed(small), rest)],
    ...[rest.toFixed(1), percent(rest / whole), null, null],
  ];
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  const rate = macs / (runUs * 1000);
  const bytesPerNs = layers.reduce((sum, { constantBytes }) => sum + constantBytes, 0) / (runUs * 1000);
  const total: Cell[] = [
    ...[null, 'a whole run', '', macs, executed(layers), perNs(executed(layers), runUs), runUs.toFixed(1), null],
    rate.toFixed(1),
    percent(rate / rooflineMacsPerNs),
    ...[bytesPerNs.toFixed(1), percent(bytesPerNs / loadBytesPerNs)],
  ];
  const titles = [
    '',
    'operator',
    'layer',
    'MACs',
    'instructions',
    'per ns',
    'us',
    'share',
    'MACs per ns',
    'of the roofline',
    'weights GB/s',
    'of loads',
  ];
  const most = `${rooflineMacsPerNs.toFixed(1)} MACs per ns`;
  const loads = `a loop of loads over as many bytes as all weights ${loadBytesPerNs.toFixed(1)} GB per s`;
  const title = `${id}, ${variant} in ${host}: a loop in registers does ${most}, ${loads}`;
  return block(title, titles, [...rows, ...(small.length > 0 ? [others] : []), total]);
}

function perNs(count: number, us: number): string {
  return us === 0 ? '' : (count / (us * 1000)).toFixed(1);
}

function percent(part: number): string {
  return `${(100 * part).toFixed(0)}%`;
}

/** The end of a name tells layers apart better than its beginning. */
function shortened(name: string): string {
  return name.length <= 40 ? name : `...${name.slice(-37)}`;
}

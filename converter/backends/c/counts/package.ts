import type { CPackageModel } from '../package.ts';
import type { ActionText, StreamText } from '../stream/stream-text.ts';
import { oneKind } from './kinds.ts';
import { layerTrips } from './layer.ts';
import type { CountedCpu } from './processors.ts';
import { Trips } from './trips.ts';

/** How often everything in one run of a package is executed. */
export interface PackageTrips {
  /** By step of the program; undefined for a step that does nothing. */
  readonly layers: readonly (Trips | undefined)[];
  /** Between the layers: calls of the streams, and rows that are no layer's. */
  readonly between: Trips;
}

/** Counts all layers of a package on a processor. */
export function packageTrips(model: CPackageModel, cpu: CountedCpu): PackageTrips {
  const layers: Trips[] = [];
  const between = new Trips();
  between.add('run|call', 1, oneKind('call'));
  for (const work of model.work) {
    if (work.kind === 'call') {
      layers[work.layer] = layerTrips(work.code, cpu, placesIn(work.call));
      between.add('run|layer', 1, oneKind('call'));
    } else streamTrips(work, cpu, layers, between);
  }
  return { layers, between };
}

/** Bytes of the arena that the arguments of a call begin at; undefined for those that are elsewhere. */
function placesIn(call: string): (number | undefined)[] {
  const inside = call.slice(call.indexOf('(') + 1, call.lastIndexOf(')'));
  return inside.split(/,\s*/).map((argument) => {
    const match = /\(\w+ \+ (\d+)\)$/.exec(argument);
    return match === null ? undefined : Number(match[1]);
  });
}

function streamTrips({ stream, actions }: StreamText, cpu: CountedCpu, layers: Trips[], between: Trips): void {
  between.add('stream|call', 1, oneKind('call'));
  const times = actions.map((_, i) => stream.order.filter((action) => action === i).length);
  actions.forEach((action, i) => {
    const count = times[i] ?? 0;
    between.add(nameOf(action), count, oneKind('action'));
    if (action.layer === null || action.code === null) return;
    const trips = layers[action.layer] ?? new Trips();
    layers[action.layer] = trips;
    const row = action.code.parameters.findIndex(({ argument }) => argument.kind === 'row');
    if (row === -1) trips.addAll(layerTrips(action.code, cpu), count);
    else
      for (let at = 0; at < count; at++)
        trips.addAll(layerTrips(action.code, cpu, [...Array(row).fill(undefined), at]), 1);
    trips.add('stream|layer', count, oneKind('action'));
  });
}

function nameOf({ layer, description }: ActionText): string {
  return layer === null
    ? `stream|${description.startsWith('the next row') ? 'taken row' : description}`
    : 'stream|action';
}

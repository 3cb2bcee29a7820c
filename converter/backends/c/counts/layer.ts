import type { CLayer, SupportHeader } from '../kernel.ts';
import { oneKind } from './kinds.ts';
import { libraryOf, parametersIn } from './library.ts';
import { parseStatements } from './parse.ts';
import type { CountedCpu } from './processors.ts';
import { selected } from './source.ts';
import type { Trips } from './trips.ts';
import { known, unknown, type Value } from './values.ts';
import { walkCall } from './walk.ts';

/** How often everything in a layer function is executed in one call. `places` are the arguments, in bytes for pointers. */
export function layerTrips(layer: CLayer, cpu: CountedCpu, places: readonly (number | undefined)[] = []): Trips {
  const headers = layer.headers.filter(
    (header): header is SupportHeader => header !== 'math.h' && header !== 'float.h',
  );
  const library = libraryOf(headers, cpu);
  const body = parseStatements(selected(layer.body, new Map(library.macros)));
  const declarations = layer.parameters.map(({ declaration }) => declaration);
  const parameters = parametersIn(declarations.join(', '));
  const values = parameters.map(({ type }, i): Value => {
    const place = places[i];
    if (place !== undefined) return known(place);
    return type.pointers > 0 ? known(0) : unknown;
  });
  const isReal = declarations.some((declaration) => /\b(?:float|double)\b/.test(declaration));
  const trips = walkCall({ scope: layer.stem, body, parameters, values, isReal }, library);
  trips.add(`${layer.stem}|call`, 1, oneKind('call'));
  trips.add('call|arguments', parameters.length, oneKind('argument'));
  return trips;
}

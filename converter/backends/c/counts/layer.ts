import type { CArgument, CLayer, SupportHeader } from '../kernel.ts';
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
    const place = places[i] ?? (type.pointers > 0 ? 0 : undefined);
    const value = place === undefined ? unknown : known(place);
    return { ...value, parts: elementsOf(layer.parameters[i]?.argument) };
  });
  const isReal = declarations.some((declaration) => /\b(?:float|double)\b/.test(declaration));
  const trips = walkCall({ scope: layer.stem, body, parameters, values, isApart: false, isReal }, library);
  trips.add(`${layer.stem}|call`, 1, oneKind('call'));
  trips.add('call|arguments', parameters.length, oneKind('argument'));
  return trips;
}

/** Most numbers of a table that can be sizes that loops ask for. */
const MOST_SIZES = 1024;

function elementsOf(argument: CArgument | undefined): Value['parts'] {
  if (argument?.kind !== 'table' || argument.table.kind !== 'numbers') return null;
  const { data, element } = argument.table;
  if ((element !== 'int32_t' && element !== 'int16_t') || data.length > MOST_SIZES) return null;
  return new Map(Array.from({ length: data.length }, (_, i) => [String(i), known(Number(data[i]))]));
}

import type { ProgramGraph } from '../../converter/backends/program-graph.ts';
import { shownName } from './names.ts';
import type { Report } from './schema.ts';

/** Names of operators that a layer took up which are told one by one. */
const mostFused = 50;

/** A graph as a report shows it, with names that can be shown. */
export function graphSection({ layers, tensors, inputs, outputs }: ProgramGraph): Report['graph'] {
  return {
    layers: layers.map(({ name, fused, inputs: read, outputs: written, ...rest }) => ({
      ...rest,
      name: shownName(name),
      fused: fusedList(fused),
      inputs: [...read],
      outputs: [...written],
    })),
    tensors: tensors.map(({ name, dtype, shape, bytes }) => ({
      name: shownName(name),
      dtype,
      shape: [...shape],
      bytes,
    })),
    inputs: [...inputs],
    outputs: [...outputs],
  };
}

function fusedList(names: readonly string[]): string[] {
  const shown = names.slice(0, mostFused).map(shownName);
  return names.length > mostFused ? [...shown, `and ${names.length - mostFused} more`] : shown;
}

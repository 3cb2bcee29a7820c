import type { Rounding } from '../../tensor/requantize.ts';
import { roundingMetadata, roundingNamed } from '../rounding-metadata.ts';
import type { OnnxModel, OnnxNode } from './format/model.ts';
import { nodePlace } from './format/problems.ts';

/** The name under which a file that we wrote says what QuantizeLinear does not tell of the operator before it. */
export const remarksMetadata = 'thimble.integers';

/**
 * What QuantizeLinear does not tell of the operator before it: `real`, it takes real numbers and is no operator on integers; `ties-up`, an
 * average rounds ties upwards; `bytes`, an image is resized as uint8; `table`, it is a function of each integer.
 */
export const remarks = ['real', 'ties-up', 'bytes', 'table'] as const;

export type Remark = (typeof remarks)[number];

/** How a file that we wrote means its integers: each operator between DequantizeLinear and QuantizeLinear is the one of the graph. */
export interface WrittenIntegers {
  readonly rounding: Rounding;
  /** Of nodes by their {@link nodePlace}. */
  readonly remarks: ReadonlyMap<string, Remark>;
}

/** What the file says of its integers, or null where somebody else wrote it. */
export function writtenIntegers({ metadata }: OnnxModel, nodes: readonly OnnxNode[]): WrittenIntegers | null {
  const rounding = roundingNamed(metadata.get(roundingMetadata) ?? '');
  if (rounding === null) return null;
  const named = remarksFrom(metadata.get(remarksMetadata) ?? '{}');
  const found = nodes.flatMap((node) => {
    const remark = named.get(node.outputs[0] ?? '');
    return node.opType === 'QuantizeLinear' && remark !== undefined ? [[nodePlace(node), remark] as const] : [];
  });
  return { rounding, remarks: new Map(found) };
}

/** Tensors with their remarks; what is no such list, or no such remark, says nothing. */
function remarksFrom(json: string): ReadonlyMap<string, Remark> {
  const list = parsed(json);
  return new Map(
    Object.entries(list).flatMap(([name, value]) => {
      const remark = remarks.find((known) => known === value);
      return remark === undefined ? [] : [[name, remark] as const];
    }),
  );
}

function parsed(json: string): object {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

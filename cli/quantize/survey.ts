import { createHash } from 'node:crypto';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import type { ProblemList } from '../input/problem-list.ts';
import type { NamedSample } from './samples.ts';

/** A sample that could be read. */
export interface SurveyedSample extends NamedSample {
  /** SHA-256 of its inputs, in hexadecimal. */
  readonly digest: string;
}

/** Reads every sample once, and keeps the problems of those that cannot be read, do not fit the model, or hold something else than numbers. */
export function surveySamples(
  samples: readonly NamedSample[],
  problems: ProblemList,
  onDone: () => void = () => {},
): readonly SurveyedSample[] {
  return samples.flatMap((sample): SurveyedSample[] => {
    const digest = problems.try(() => digestOf(sample.load()));
    onDone();
    return digest === null ? [] : [{ ...sample, digest }];
  });
}

function digestOf(tensors: readonly Tensor[]): string {
  const hash = createHash('sha256');
  for (const { type, data } of tensors) {
    hash.update(`${type.dtype} ${type.shape.join()};`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

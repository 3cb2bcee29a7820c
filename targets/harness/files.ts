import { harnessSource, inputFile } from './harness.ts';
import type { PackageFile, Sample } from './package.ts';

/** The harness for these samples. */
export function harnessFor(prefix: string, samples: readonly Sample[], outputBytes: readonly number[]): string {
  const inputs = (samples[0]?.inputs ?? []).map(({ byteLength }) => ({ bytes: byteLength }));
  return harnessSource({ prefix, inputs, outputs: outputBytes.map((bytes) => ({ bytes })), runs: samples.length });
}

/** The input files that the harness reads. */
export function sampleFiles(samples: readonly Sample[]): readonly PackageFile[] {
  return samples.flatMap(({ inputs }, run) =>
    inputs.map((contents, input) => ({ path: inputFile(run, input), contents })),
  );
}

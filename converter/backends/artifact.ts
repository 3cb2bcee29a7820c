/** One file of an emitted package: its path inside the package, with forward slashes, and its bytes. */
export interface Artifact {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const encoder = new TextEncoder();

/** A text file in UTF-8. */
export function textArtifact(path: string, text: string): Artifact {
  return { path, bytes: encoder.encode(text) };
}

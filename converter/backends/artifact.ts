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

/** A text file in UTF-8, of text that comes in pieces. */
export function piecewiseArtifact(path: string, pieces: Iterable<string>): Artifact {
  const encoded = Array.from(pieces, (piece) => encoder.encode(piece));
  const bytes = new Uint8Array(encoded.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const piece of encoded) {
    bytes.set(piece, end);
    end += piece.length;
  }
  return { path, bytes };
}

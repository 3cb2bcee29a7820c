import { fail } from '../input/file.ts';

/** The text of standard input up to its end. Throws ProblemError where it is longer than `limitBytes`. */
export async function readStandardInput(limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    const piece = Buffer.from(chunk);
    length += piece.length;
    if (length > limitBytes) {
      fail('file-too-large', 'standard input', `it has more than ${limitBytes} bytes`, 'give the result alone');
    }
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString('utf8');
}

import { existsSync } from 'node:fs';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { sampleListText } from '../input/list-file.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { writeFileAtomically } from '../output/single-file.ts';
import type { NamedSample } from './samples.ts';

/** First line of the lists that we write. */
const head = 'samples chosen by thimble';

/** Writes the samples as a list that `--samples @list` reads. Throws ProblemError where a file stands there that is no such list. */
export function writeSampleList(file: string, samples: readonly NamedSample[], io: CommandIo): void {
  const path = resolvePath(io, file);
  if (existsSync(path) && !new TextDecoder().decode(readInputFile(path).subarray(0, 200)).startsWith(`# ${head}`)) {
    fail('output-exists', fileWhere(path), 'thimble did not write it', 'choose another name');
  }
  writeFileAtomically(path, sampleListText(path, samples, `${head}: ${samples.length}`));
}

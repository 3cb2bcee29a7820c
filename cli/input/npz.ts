import { ZipArchive } from '../../converter/frontends/keras/zip.ts';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import { fail, maxFileBytes } from './file.ts';
import { readNpy } from './npy.ts';
import type { InputSpec, Sample } from './sample.ts';

/** The arrays of an npz file by their names, with or without compression. Throws ProblemError for anything damaged. */
export function readNpz(bytes: Uint8Array, where: string): ReadonlyMap<string, Sample> {
  try {
    const archive = new ZipArchive(bytes);
    let left = maxFileBytes;
    const arrays = archive.names.flatMap((name): [string, Sample][] => {
      if (!name.endsWith('.npy')) return [];
      const file = archive.file(name, left) ?? new Uint8Array();
      left -= file.length;
      return [[name.slice(0, -'.npy'.length), readNpy(file, `${where}, array ${JSON.stringify(name)}`)]];
    });
    if (arrays.length === 0) fail('npz-empty', where, 'there is no array in it', 'write it with numpy.savez');
    return new Map(arrays);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError(error.problems.map((problem) => ofFile(problem, where)));
  }
}

/** Problems of the archive itself name the file. */
function ofFile(problem: Problem, where: string): Problem {
  if (!problem.code.startsWith('zip-')) return problem;
  return { ...problem, where, advice: 'write it again with numpy.savez' };
}

/** The array of an npz file that is meant for an input: that of its name, or the only one. Throws ProblemError. */
export function arrayFor(arrays: ReadonlyMap<string, Sample>, spec: InputSpec, where: string): Sample {
  const own = arrays.get(spec.name);
  if (own !== undefined) return own;
  const [only, ...others] = [...arrays].filter(([name]) => name !== labelsArray).map(([, array]) => array);
  if (only !== undefined && others.length === 0) return only;
  const names = [...arrays.keys()].map((name) => JSON.stringify(name)).join(', ');
  return fail(
    'npz-input',
    where,
    `it has the arrays ${names}, and none for input "${spec.name}"`,
    `name one of them ${JSON.stringify(spec.name)}`,
  );
}

/** The array of an npz file that holds classes, where no input has this name. */
export const labelsArray = 'labels';

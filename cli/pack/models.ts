import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '../../converter/problem.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { UsageError } from '../usage.ts';

/** A model file of a pack, with the name that it was given. */
export interface NamedModel {
  /** As the user wrote it; null for that of the file. */
  readonly name: string | null;
  readonly path: string;
}

/**
 * Reads `model.tflite` and `name=model.tflite`. Throws UsageError for fewer than two, and ProblemError for folders: a package holds no model
 * any more, but code that is made of it for an arena of its own.
 */
export function namedModels(words: readonly string[], io: CommandIo): readonly NamedModel[] {
  if (words.length < 2)
    throw new UsageError('a pack has at least two models', 'thimble pack a.tflite b.tflite --concurrent');
  const models = words.map((word): NamedModel => {
    const equals = /^([A-Za-z][\w-]*)=(.+)$/s.exec(word);
    return equals === null ? { name: null, path: word } : { name: equals[1] ?? null, path: equals[2] ?? '' };
  });
  const problems = models.flatMap(({ path }) => {
    const folder = resolvePath(io, path);
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    const isPackage = existsSync(join(folder, 'thimble.json'));
    const what = isPackage
      ? 'is a package: its code is for an arena of its own, and the model is not in it'
      : 'is a folder, and no model';
    const advice = 'give the model file that the package was made of; thimble plans all of them anew, together';
    return [{ code: 'pack-folder', where: `folder ${JSON.stringify(path)}`, what, advice }];
  });
  if (problems.length > 0) throw new ProblemError(problems);
  return models;
}

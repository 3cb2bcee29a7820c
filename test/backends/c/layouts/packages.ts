import type { LayoutName } from '../../../../converter/backends/c/layouts/names.ts';
import type { COptions } from '../../../../converter/backends/c/options.ts';
import { evaluateGraph } from '../../../../converter/ir/evaluate.ts';
import type { PackageFile } from '../../../../targets/harness/package.ts';
import { packageOf, plainOptions } from '../batch.ts';
import { tinyModel } from '../tiny.ts';

/** A small package with the files of some layouts. */
export function layoutPackage(
  prefix: string,
  layouts: readonly LayoutName[],
  more: Partial<COptions> = {},
): readonly PackageFile[] {
  const { graph, input } = tinyModel('exact');
  const vectors = [{ inputs: [input], outputs: evaluateGraph(graph, [input]) }];
  return packageOf(graph, { ...plainOptions(prefix), vectors, layouts, ...more });
}

/** The text of one file; throws where it is not there. */
export function fileText(files: readonly PackageFile[], path: string): string {
  const found = files.find((file) => file.path === path);
  if (found === undefined) throw new Error(`${path} is not among ${files.map((file) => file.path).join(', ')}`);
  return typeof found.contents === 'string' ? found.contents : new TextDecoder().decode(found.contents);
}

/** The files below a folder. */
export function inFolder(files: readonly PackageFile[], folder: string): readonly PackageFile[] {
  return files.map(({ path, contents }) => ({ path: `${folder}/${path}`, contents }));
}

import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take the longest, the longest first: begun late, they would end alone, with the other processors idle. */
const long: readonly string[] = [
  'test/models/planning-modes.test.ts',
  'test/models/hosts/hosts.test.ts',
  'test/models/back-ends.test.ts',
  'test/models/mutation.test.ts',
  'test/models/processors.test.ts',
  'test/models/c-compilers.test.ts',
  'test/models/stack.test.ts',
  'test/conformance/conformance.test.ts',
  'test/models/feed.test.ts',
  'test/frontends/onnx/goldens.test.ts',
];

/** Begins with the files of {@link long}; the others follow in Vitest's own order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const place = ({ moduleId, project }: TestSpecification) => {
      const at = long.indexOf(relative(project.config.root, moduleId).replaceAll('\\', '/'));
      return at === -1 ? long.length : at;
    };
    return others
      .map((file, i) => ({ file, key: [isShared(file) ? 1 : 0, place(file), i] as const }))
      .sort(({ key: a }, { key: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
      .map(({ file }) => file);
  }
}

/** A process that files share ends where a file with one of its own is next: those go before. */
function isShared({ project }: TestSpecification): boolean {
  return !project.config.isolate;
}

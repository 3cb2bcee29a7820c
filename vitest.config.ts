import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/**
 * In a process of its own for each file: what starts many compilers, which takes the longer the more memory the starting process has; what judges the
 * memory of its process; and what changes which tools are found, since that is looked up once. All others share a process per processor, and so load the project once: of short files that is the larger part.
 */
const apart = [
  'test/backends/c/**/*.test.ts',
  'test/conformance/**/*.test.ts',
  'test/environments/**/*.test.ts',
  'test/exporters/**/*.test.ts',
  'test/frontends/onnx/goldens.test.ts',
  'test/models/**/*.test.ts',
  'test/targets/tools.test.ts',
  'test/**/mutation*.test.ts',
  'test/ir/evaluate.test.ts',
];

export default defineConfig({
  test: {
    setupFiles: ['test/support/seed.ts'],
    // By default one processor stays idle, which is half of a machine of two.
    maxWorkers: availableParallelism(),
    testTimeout: 120_000,
    hookTimeout: 120_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'apart', include: apart } },
      { extends: true, test: { name: 'together', include: ['test/**/*.test.ts'], exclude: apart, isolate: false } },
    ],
  },
});

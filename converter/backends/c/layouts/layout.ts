import type { Artifact } from '../../artifact.ts';
import type { PackageFacts } from './facts.ts';

/**
 * What an ecosystem wants beside `include/`, `src/` and `test/`, which are the same in all. Files of different layouts never have the
 * same path, so one folder can serve them all.
 */
export type Layout = (facts: PackageFacts) => readonly Artifact[];

import type { Graph } from '../../converter/ir/graph.ts';
import { ProblemError } from '../../converter/problem.ts';
import { summarize } from '../../converter/summary.ts';
import { PackageEstimator } from '../estimate/package.ts';
import { targetList } from '../estimate/target-list.ts';
import type { CommandIo } from '../io.ts';
import { loadProfile } from '../target/load.ts';
import type { Profile } from '../target/schema.ts';
import { targetOf } from '../target/target.ts';

/** Where a report tells latencies of, and why there. */
export interface ReportTargets {
  readonly profiles: readonly Profile[];
  /** What the reader should know of the choice; null where the command line names them. */
  readonly note: string | null;
}

/** Well-known microcontrollers, from small to large: the first two that hold the model are told. */
const usualMcus = ['rp2040', 'nano33ble', 'stm32f746ng', 'mimxrt1062'] as const;

/** One phone beside microcontrollers; where none holds the model, slower and quicker ones. */
const usualPhone = 'sd778g';
const usualPhones = ['sd778g', 'sd460', 'a15'] as const;

/** Weights beyond this are in no microcontroller of {@link usualMcus}, so that nothing has to be planned to know it. */
const mostBytes = 2 ** 23;

/** The targets of `--target`, or a few that suit the model. Throws ProblemError with every name that there is not. */
export function reportTargets(text: string | undefined, graph: Graph, io: CommandIo): ReportTargets {
  if (text !== undefined) return { profiles: targetList(text, io), note: null };
  const mcus = mcusFor(graph, io);
  const phones = mcus.length === 0 ? usualPhones : ([usualPhone] as const);
  const profiles = [...mcus, ...phones.map((name) => loadProfile(name, io))];
  const why =
    mcus.length === 0 ? 'phones alone, since no usual microcontroller holds the model' : 'some that hold the model';
  return {
    profiles,
    note: `No --target was given: latencies are those of ${why} (${profiles.map(({ name }) => name).join(', ')}).`,
  };
}

function mcusFor(graph: Graph, io: CommandIo): readonly Profile[] {
  if (summarize(graph).parameterBytes > mostBytes) return [];
  const estimator = new PackageEstimator(graph, null);
  const found: Profile[] = [];
  try {
    for (const name of usualMcus) {
      const profile = loadProfile(name, io);
      if (estimator.on(targetOf(profile)).check.fit.fits) found.push(profile);
      if (found.length === 2) break;
    }
  } catch (error) {
    // Layers without C kernels run nowhere but on phones.
    if (!(error instanceof ProblemError)) throw error;
    return [];
  }
  return found;
}

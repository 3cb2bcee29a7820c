import type { Graph } from '../../converter/ir/graph.ts';
import { summarize } from '../../converter/summary.ts';
import { targetList } from '../estimate/target-list.ts';
import type { CommandIo } from '../io.ts';
import { loadProfile } from '../target/load.ts';
import type { Profile } from '../target/schema.ts';
import type { LatencyEstimator } from './latency.ts';

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

/** Beyond this nobody waits for a microcontroller: it takes seconds. Nothing has to be planned to know it. */
const mostMacs = 100e6;
const mostBytes = 2 ** 23;

/** The targets of `--target`, or a few that suit the model. Throws ProblemError with every name that there is not. */
export function reportTargets(
  text: string | undefined,
  graph: Graph,
  estimator: LatencyEstimator,
  io: CommandIo,
): ReportTargets {
  if (text !== undefined) return { profiles: targetList(text, io), note: null };
  const mcus = mcusFor(graph, estimator, io);
  const phones = mcus.length === 0 ? usualPhones : ([usualPhone] as const);
  const profiles = [...mcus, ...phones.map((name) => loadProfile(name, io))];
  const why =
    mcus.length === 0
      ? 'phones alone, since the model is too large for usual microcontrollers'
      : 'some that hold the model';
  return {
    profiles,
    note: `No --target was given: latencies are those of ${why} (${profiles.map(({ name }) => name).join(', ')}).`,
  };
}

function mcusFor(graph: Graph, estimator: LatencyEstimator, io: CommandIo): readonly Profile[] {
  const { macs, parameterBytes } = summarize(graph);
  if (macs > mostMacs || parameterBytes > mostBytes) return [];
  const found: Profile[] = [];
  for (const name of usualMcus) {
    const profile = loadProfile(name, io);
    const { estimate, check } = estimator.on(profile);
    if (estimate !== null && check?.fit.fits === true) found.push(profile);
    if (found.length === 2) break;
  }
  return found;
}

import { latencyQuantile } from '../../converter/estimate/distribution.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import type { WebEstimateEntry } from '../../converter/ir/web-estimate.ts';
import type { PhoneProfile } from '../target/schema.ts';
import { ModuleEstimator } from './module.ts';

/** What a WASM bundle tells of its time on a phone, and of each layer in microseconds. */
export interface WebEstimate {
  readonly entry: WebEstimateEntry;
  readonly layersUs: readonly number[];
}

/** What a WASM bundle tells of its time on a phone; null where nothing is known of the phone. Throws ProblemError for layers without WASM kernels. */
export function webEstimateOf(graph: Graph, phone: PhoneProfile): WebEstimate | null {
  const { estimate } = new ModuleEstimator(graph, { threads: 1, core: 'big' }).on(phone);
  if (estimate === null || estimate.form.kind !== 'wasm') return null;
  const parts = [{ us: estimate.us, relative: estimate.error.relative, share: 1 }];
  const usPerCycle = estimate.cycles === 0 ? 0 : estimate.us / estimate.cycles;
  const entry = {
    target: phone.name,
    variant: estimate.form.variant,
    core: phone.cores[0].name,
    p50Ms: rounded(estimate.us / 1000),
    p95Ms: rounded(latencyQuantile(parts, 0.95) / 1000),
    weakestSource: estimate.weakestSource,
  };
  return { entry, layersUs: estimate.layers.map(({ cycles }) => rounded(cycles * usPerCycle)) };
}

/** Three digits, which is more than is known. */
const rounded = (value: number) => Number(value.toPrecision(3));

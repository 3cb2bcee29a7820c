import { likelyRange } from '../../converter/estimate/distribution.ts';
import type { LayerEstimate } from '../../converter/estimate/estimated.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import type { PlanOptions } from '../../converter/plan/options.ts';
import type { PlannedProgram } from '../../converter/plan/plan-program.ts';
import type { Program } from '../../converter/plan/program.ts';
import { ProblemError } from '../../converter/problem.ts';
import { ModuleEstimator } from '../estimate/module.ts';
import { PackageEstimator } from '../estimate/package.ts';
import { unknownCore } from '../estimate/package-row.ts';
import { type EstimateRow, estimateRow } from '../estimate/rows.ts';
import type { Profile } from '../target/schema.ts';
import { targetOf } from '../target/target.ts';
import type { ReportLatency } from './schema.ts';

/** A model on targets; what they share is made once. */
export class LatencyEstimator {
  readonly #packages: PackageEstimator;
  readonly #modules: ModuleEstimator;

  /** @param options how memory of C packages is planned; null for the usual way */
  constructor(graph: Graph, options: PlanOptions | null) {
    this.#packages = new PackageEstimator(graph, options);
    this.#modules = new ModuleEstimator(graph, { threads: 1, core: 'big' });
  }

  /** The C program and its memory plan. Throws ProblemError where there are layers without C kernels. */
  plannedC(): PlannedProgram {
    return this.#packages.planned();
  }

  /** As `thimble estimate` tells it. A target that has no kernels for some layers is unknown. */
  on(profile: Profile): EstimateRow {
    const target = targetOf(profile);
    try {
      if (profile.kind !== 'mcu') {
        const { estimate, unknown } = this.#modules.on(profile);
        return estimateRow(profile, target, estimate, null, unknown);
      }
      const { estimate, check } = this.#packages.on(target);
      return estimateRow(profile, target, estimate, check, unknownCore(target));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return estimateRow(profile, target, null, null, error.problems[0]?.what ?? 'it cannot be converted');
    }
  }
}

/** A step of a program, as far as it tells which layer it is. */
export type NamedStep = Pick<Program['steps'][number], 'name'> & { readonly operator: string };

/** The steps of a program as layers. */
export function namedSteps({ steps }: Program): readonly NamedStep[] {
  return steps.map(({ name, op }) => ({ name, operator: op.type }));
}

/** An estimate as a report has it; null where there is none. Layers are those of `steps`. */
export function latencySection(row: EstimateRow, steps: readonly NamedStep[]): ReportLatency | null {
  const { profile, target, estimate, check, weakest } = row;
  if (estimate === null) return null;
  const { us, cycles, error, form, layers } = estimate;
  const [low, high] = likelyRange({ us, relative: error.relative });
  const [core] = target.cores;
  const results = error.n === 0 ? '' : `, ${error.n} results`;
  const from = weakest === null ? '' : `; weakest: ${weakest.of}, ${weakest.source}`;
  return {
    target: profile.name,
    title: profile.title,
    how: `${form.kind === 'c' ? 'C' : `WASM ${form.variant}, 1 thread`}, ${core.name} at ${core.clockHz / 1e6} MHz`,
    us: rounded(us),
    rangeUs: { low: rounded(low), high: rounded(high), certainty: 0.9 },
    origin: weakest?.source === 'assumed' ? 'assumed' : 'estimated',
    source: `${(100 * error.relative).toPrecision(2)} % error: ${error.source}${results}${from}`,
    fits: check === null ? null : check.fit.fits,
    layers: layersAmong(layers, steps, cycles === 0 ? 0 : us / cycles),
  };
}

/** What is not known of targets, and where the model does not fit. */
export function latencyNotes(rows: readonly EstimateRow[]): readonly string[] {
  return rows.flatMap(({ profile, estimate, unknown, check }) => [
    ...(estimate === null ? [`No time for ${profile.name}: ${unknown}.`] : []),
    ...(check === null || check.fit.fits
      ? []
      : [
          `It does not fit on ${profile.name}: ${check.fit.rows
            .filter(({ missingBytes }) => missingBytes > 0)
            .map(({ memory, missingBytes }) => `${memory} lacks ${missingBytes} bytes`)
            .join(', ')}.`,
        ]),
  ]);
}

const moved = 'move of ';

/**
 * Times by the layers of a report. A target's program may have its steps in another order, and copies that bring tensors to another place,
 * which are part of the layer that makes them.
 */
function layersAmong(
  layers: readonly LayerEstimate[],
  steps: readonly NamedStep[],
  usPerCycle: number,
): ReportLatency['layers'] {
  const places = new Map<string, number[]>();
  steps.forEach((step, index) => {
    for (const key of [`${step.operator} ${step.name}`, step.name]) {
      const list = places.get(key);
      if (list === undefined) places.set(key, [index]);
      else list.push(index);
    }
  });
  const taken = new Map<string, number>();
  const found = new Map<number, { us: number; bound: string; most: number }>();
  for (const { name, operator, cycles, bound } of layers) {
    const key = `${operator} ${name}`;
    const own = places.get(key) ?? [];
    const nth = taken.get(key) ?? 0;
    taken.set(key, nth + 1);
    const index =
      own[Math.min(nth, own.length - 1)] ??
      (name.startsWith(moved) ? places.get(name.slice(moved.length))?.[0] : undefined);
    if (index === undefined) continue;
    const us = cycles * usPerCycle;
    const known = found.get(index);
    if (known === undefined) found.set(index, { us, bound, most: us });
    else
      found.set(index, {
        us: known.us + us,
        ...(us > known.most ? { bound, most: us } : { bound: known.bound, most: known.most }),
      });
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([index, { us, bound }]) => ({ index, us: rounded(us), bound: bound === 'ram' ? 'RAM' : bound }));
}

/** Microseconds to a nanosecond, as `thimble estimate` tells them. */
const rounded = (us: number) => Number(us.toFixed(3));

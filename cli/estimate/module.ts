import { instructionTotal } from '../../converter/backends/wasm/counts/instructions.ts';
import { emitWasmVariants } from '../../converter/backends/wasm/emit-module.ts';
import type { Variant } from '../../converter/backends/wasm/variant.ts';
import { relativeOf } from '../../converter/estimate/distribution.ts';
import type { LayerEstimate, TargetEstimate } from '../../converter/estimate/estimated.ts';
import {
  estimateWeb,
  seededWebProfile,
  usualVariant,
  type WebCore,
  type WebLayer,
  type WebProfile,
  webLayers,
} from '../../converter/estimate/web/index.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { ProblemError } from '../../converter/problem.ts';
import { planFor } from '../package-kinds.ts';
import { baseValue } from '../target/quantity.ts';
import type { PhoneProfile } from '../target/schema.ts';

/** How a module is run. */
export interface ModuleRun {
  readonly threads: number;
  /** `big`, `little`, or the name of a core. */
  readonly core: string;
}

/** A WASM bundle on a phone or board. */
export type EstimatedModule =
  | { readonly estimate: TargetEstimate; readonly unknown: '' }
  | { readonly estimate: null; readonly unknown: string };

/** Estimates the WASM bundle of a graph for one phone or board after the other; modules are emitted once. */
export class ModuleEstimator {
  readonly #graph: Graph;
  readonly #run: ModuleRun;
  readonly #layers = new Map<Variant, readonly WebLayer[]>();

  constructor(graph: Graph, run: ModuleRun) {
    this.#graph = graph;
    this.#run = run;
  }

  /** Throws ProblemError where the model has layers without WASM kernels, and for a core that the device does not have. */
  on(device: PhoneProfile): EstimatedModule {
    const cores = device.cores.map(({ name, count, clock }) => {
      return { name, count: baseValue(count), clockHz: baseValue(clock) };
    });
    const { dramBandwidth } = device;
    const dramBytesPerSecond = dramBandwidth === undefined ? null : baseValue(dramBandwidth);
    const profile = fittedProfile(device, cores) ?? seededWebProfile({ name: device.name, cores, dramBytesPerSecond });
    if (profile === null) return { estimate: null, unknown: `nothing is known of a ${device.cores[0].name}` };
    const variant = usualVariant(device.cores.flatMap(({ extensions }) => extensions));
    const layers = this.#layersOf(variant);
    const { threads, core } = this.#run;
    if (core !== 'big' && core !== 'little' && profile.cores.every(({ name }) => name !== core)) {
      throw new ProblemError({
        code: 'estimate-core',
        where: `target ${device.name}`,
        what: `it has no core ${JSON.stringify(core)}`,
        advice: `give --core big, little, or one of ${profile.cores.map(({ name }) => name).join(', ')}`,
      });
    }
    const web = estimateWeb({ profile, layers, variant, threads, core });
    const clockHz = profile.cores.find(({ name }) => name === web.core)?.clockHz ?? profile.cores[0].clockHz;
    const cyclesOf = (milliseconds: number) => (milliseconds / 1000) * clockHz;
    const shown = web.layers.map((own, index): LayerEstimate => {
      const layer = layers[index];
      return {
        ...{
          index,
          name: own.name,
          operator: own.kind,
          macs: layer?.macs ?? 0,
          weightBytes: layer?.constantBytes ?? 0,
        },
        activationBytes: layer?.activationBytes ?? 0,
        instructions: layer === undefined ? 0 : instructionTotal(layer.counts),
        cycles: cyclesOf(own.milliseconds),
        bound: own.bound,
        terms: null,
      };
    });
    const cycles = cyclesOf(web.milliseconds.p50);
    const estimate: TargetEstimate = {
      form: { kind: 'wasm', variant },
      layers: shown,
      betweenCycles: Math.max(0, cycles - shown.reduce((sum, layer) => sum + layer.cycles, 0)),
      cycles,
      instructions: shown.reduce((sum, layer) => sum + layer.instructions, 0),
      us: web.milliseconds.p50 * 1000,
      error: { relative: relativeOf(web.error), source: web.ref, n: 0 },
      weakestSource: web.weakestSource,
      ref: web.ref,
    };
    return { estimate, unknown: '' };
  }

  #layersOf(variant: Variant): readonly WebLayer[] {
    const known = this.#layers.get(variant);
    if (known !== undefined) return known;
    const { program, plan } = planFor('wasm', this.#graph, null);
    const emitted = emitWasmVariants(program, plan, [variant]);
    const layers = emitted.modules.flatMap(({ module }) => [...webLayers(program, module)]);
    this.#layers.set(variant, layers);
    return layers;
  }
}

/** What `thimble profile` found of a device; null where the profile does not have it. */
function fittedProfile(
  { name, web }: PhoneProfile,
  cores: readonly { readonly name: string; readonly count: number; readonly clockHz: number }[],
): WebProfile | null {
  if (web === undefined) return null;
  const [first, ...others] = web.cores.flatMap(({ core, prices }): WebCore[] => {
    const own = cores.find((one) => one.name === core);
    return own === undefined ? [] : [{ ...own, prices }];
  });
  if (first === undefined) return null;
  const { entry, threadEfficiency, threadWait, slowRuns } = web;
  return { name, cores: [first, ...others], entry, threadEfficiency, threadWait, slowRuns };
}

import { mixCycles } from '../../converter/estimate/silicon/class-model.ts';
import { type CoreName, classModels } from '../../converter/estimate/silicon/class-models.ts';
import { hasClassMix, type Residual, type TflmMixes } from './class-engines.ts';
import { type Belief, type Beliefs, fitKinds, type KindModel, kindCycles, type Observation } from './kind-model.ts';
import type { Networks } from './networks.ts';
import type { Published } from './published.ts';

/** Engines of which only the results are known: predicted by cycles for each MAC of a kind. */

/** A published result as the model sees it. */
export interface KindCase extends Observation {
  readonly row: Published;
}

/** The published results whose mix is not known. */
export function kindCases(rows: readonly Published[], networks: Networks): readonly KindCase[] {
  return rows
    .filter((row) => !hasClassMix(row))
    .map((row) => ({
      row,
      board: row.board,
      core: row.core,
      family: familyOf(row.engine),
      engine: row.variant === '' ? row.engine : `${row.engine} ${row.variant}`,
      layers: networks.get(row.network) ?? [],
      cycles: row.cycles,
    }));
}

/** How far the core models are trusted where they compare cores, in logarithms. */
const TRUST = 0.1;

/**
 * What the core models say of cores beside each other: cycles of the mix of TFLM with CMSIS-NN by those of a Cortex-M4. Nothing is said of
 * cores without DSP instructions, for which that mix would be another.
 */
export function coreBeliefs(mixes: TflmMixes): Beliefs {
  const models = ['kws', 'vww', 'ic', 'ad'] as const;
  const logCycles = (core: CoreName, processor: string) =>
    models.reduce((sum, model) => {
      const mix = mixes.get(`${processor} ${model}`) ?? new Map();
      return sum + Math.log(mixCycles(classModels[core], mix).cycles) / models.length;
    }, 0);
  const reference = logCycles('cortex-m4', 'cortex-m4');
  const belief = (core: CoreName, processor: string): Belief => {
    return { center: logCycles(core, processor) - reference, spread: TRUST };
  };
  return new Map([
    ['core Cortex-M4', belief('cortex-m4', 'cortex-m4')],
    ['core Cortex-M33', belief('cortex-m33', 'cortex-m4')],
    ['core Cortex-M7', belief('cortex-m7', 'cortex-m7')],
  ]);
}

/** An engine without its version. */
function familyOf(engine: string): string {
  return engine.replace(/ v?\d[\d.]*$/, '');
}

/** What a prediction has not seen. */
export type HeldOut =
  /** All results of the board. */
  | 'board'
  /** All results of this network by this engine on this board; nothing else runs such a core, or such an engine. */
  | 'model';

export interface KindResidual extends Residual {
  readonly heldOut: HeldOut;
}

/** What is held out to predict a result: its board where other boards have the core and others the engine. */
export function heldOutOf(one: KindCase, cases: readonly KindCase[]): HeldOut {
  const others = cases.filter(({ board }) => board !== one.board);
  const isKnown = others.some(({ core }) => core === one.core) && others.some(({ family }) => family === one.family);
  return isKnown ? 'board' : 'model';
}

/** The cases that a prediction may be fitted on. */
export function seenFor(one: KindCase, cases: readonly KindCase[]): readonly KindCase[] {
  if (heldOutOf(one, cases) === 'board') return cases.filter(({ board }) => board !== one.board);
  return cases.filter(
    ({ board, family, row }) => board !== one.board || family !== one.family || row.model !== one.row.model,
  );
}

/** Every case predicted by a fit that has not seen it, nor its board where that is possible. */
export function kindResiduals(cases: readonly KindCase[], beliefs: Beliefs): readonly KindResidual[] {
  const fits = new Map<string, KindModel>();
  return cases.map((one) => {
    const heldOut = heldOutOf(one, cases);
    const seen = seenFor(one, cases);
    const key = heldOut === 'board' ? one.board : `${one.board} ${one.family} ${one.row.model}`;
    const model = fits.get(key) ?? fitKinds(seen, beliefs);
    fits.set(key, model);
    const predicted = kindCycles(model, one);
    const fittedOn = [...new Set(seen.map(({ board }) => board))];
    return { row: one.row, predicted, relative: predicted / one.cycles - 1, fittedOn, heldOut };
  });
}

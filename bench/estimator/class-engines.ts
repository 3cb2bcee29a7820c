import { builtInProfiles } from '../../cli/target/load.ts';
import { targetOf } from '../../cli/target/target.ts';
import type { McuSilicon } from '../../converter/estimate/mcu.ts';
import { type ClassMix, mixCycles } from '../../converter/estimate/silicon/class-model.ts';
import { classModels } from '../../converter/estimate/silicon/class-models.ts';
import { flashCyclesPerByte, missedBytes } from '../../converter/estimate/silicon/flash.ts';
import { siliconOfTarget } from '../../converter/estimate/silicon/of-target.ts';
import type { NetworkLayer, Networks } from './networks.ts';
import type { Published } from './published.ts';
import { mixOf, readTable, type TableRow } from './table.ts';

/**
 * Engines whose mix of instructions was measured: TFLM and microTVM with the kernels of CMSIS-NN. The mix is that of TFLM in the emulator
 * (`data/tflm-mixes.csv`); what runs between the kernels is less than a thousandth of it.
 */

/** The boards of these engines by target, and why the mix is theirs. */
export const classBoards: Readonly<
  Record<string, { readonly target: string; readonly engine: string; readonly why: string }>
> = {
  'NUCLEO-L4R5ZI': { target: 'stm32l4r5zi', engine: 'microTVM + CMSIS-NN', why: 'the kernels are those of CMSIS-NN' },
  'NRF5340 DK': { target: 'nrf5340', engine: 'microTVM + CMSIS-NN', why: 'the kernels are those of CMSIS-NN' },
  'EK-RA6M4': {
    target: 'ra6m4',
    engine: 'TFLM',
    why: 'argued: the submission names no kernels, but takes a quarter of the cycles of those of TFLM itself',
  },
  'EK-RA8D1': {
    target: 'ra8d1',
    engine: 'TFLM + CMSIS-NN',
    why: 'built with LLVM: the mix of GCC, scaled to the instructions of the build with LLVM',
  },
};

/** Whether the mix of a published result is known. */
export function hasClassMix({ board, engine }: Published): boolean {
  return classBoards[board]?.engine === engine;
}

/** Instructions of CMSIS-NN by clang 14 to those by GCC 12, both at -O3, Cortex-M55. */
const CLANG: Readonly<Record<Published['model'], number>> = {
  kws: 1_734_725 / 1_784_774,
  vww: 6_170_295 / 6_433_512,
  ic: 4_523_371 / 4_811_074,
  ad: 63_793 / 149_959,
};

/** Branches of which none was recorded whether they were taken. In our own kernels it is 0.6 to 0.93. */
const TAKEN = 0.7;

export type TflmMixes = ReadonlyMap<string, ClassMix>;

/** Mixes by processor and model: `cortex-m4 kws`. */
export function readTflmMixes(folder: string): TflmMixes {
  return new Map(
    readTable(`${folder}/tflm-mixes.csv`).map((row) => [`${row.get('processor')} ${row.get('model')}`, tflmMix(row)]),
  );
}

function tflmMix(row: TableRow): ClassMix {
  const branches = Number(row.get('branch'));
  return new Map([...mixOf(row), ['branch-taken', branches * TAKEN], ['branch-not-taken', branches * (1 - TAKEN)]]);
}

/** A published result with the two parts of its prediction: cycles = compute + exposed * waiting. */
export interface ClassCase {
  readonly row: Published;
  readonly compute: number;
  /** Cycles of waiting for flash if every wait state of every access were waited for once. */
  readonly waiting: number;
}

/** The published results whose mix is known. */
export function classCases(rows: readonly Published[], mixes: TflmMixes, networks: Networks): readonly ClassCase[] {
  return rows.filter(hasClassMix).map((row) => {
    const silicon = siliconOf(row.board);
    const isHelium = silicon.core === 'cortex-m85';
    const mix = mixes.get(`${isHelium ? 'cortex-m55' : 'cortex-m4'} ${row.model}`) ?? new Map();
    const compute = mixCycles(classModels[silicon.core], mix).cycles * (isHelium ? CLANG[row.model] : 1);
    return { row, compute, waiting: waitingCycles(silicon, networks.get(row.network) ?? [], isHelium ? 4 : 2) };
  });
}

const profiles = new Map(builtInProfiles().map((profile) => [profile.name, profile]));

/** The silicon of one of {@link classBoards}. */
export function siliconOf(board: string): McuSilicon {
  const profile = profiles.get(classBoards[board]?.target ?? '');
  const silicon = profile === undefined ? undefined : siliconOfTarget(targetOf(profile));
  if (silicon === undefined) throw new Error(`${board} has no silicon`);
  return silicon;
}

/** `positions`: pixels that the kernels of convolutions compute from weights that are read once. */
function waitingCycles(silicon: McuSilicon, layers: readonly NetworkLayer[], positions: number): number {
  const { core, clockMHz, flash } = silicon;
  const whole = { value: 1, unit: '1', source: 'assumed', ref: '' } as const;
  const perByte = flashCyclesPerByte(core, clockMHz, flash, whole).cycles;
  return layers.reduce((sum, layer) => {
    const passes =
      layer.kind === 'fc' ? 1 : layer.kind === 'depthwise' ? layer.positions : Math.ceil(layer.positions / positions);
    const reads = { weightBytes: layer.weights, streamedBytes: layer.weights * passes };
    return sum + perByte * missedBytes(flash, reads);
  }, 0);
}

/** How strongly the constant is drawn to 1: as one board. */
const DRAWN = 0.02;

/** The constant with the least squares of relative errors, every board counting alike. */
export function fitExposed(cases: readonly ClassCase[]): number {
  let [over, under] = [DRAWN, DRAWN];
  for (const { row, compute, waiting } of cases) {
    const ofBoard = cases.filter((other) => other.row.board === row.board).length;
    const factor = waiting / row.cycles;
    over += (factor * (1 - compute / row.cycles)) / ofBoard;
    under += (factor * factor) / ofBoard;
  }
  return Math.max(0, over / under);
}

/** A published result and what was predicted of it without its board. */
export interface Residual {
  readonly row: Published;
  readonly predicted: number;
  /** predicted / published - 1. */
  readonly relative: number;
  /** Boards that the prediction was fitted on. */
  readonly fittedOn: readonly string[];
}

/** Every case predicted by a fit that has not seen its board. */
export function classResiduals(cases: readonly ClassCase[]): readonly Residual[] {
  return cases.map(({ row, compute, waiting }) => {
    const others = cases.filter((other) => other.row.board !== row.board);
    const predicted = compute + fitExposed(others) * waiting;
    const fittedOn = [...new Set(others.map((other) => other.row.board))];
    return { row, predicted, relative: predicted / row.cycles - 1, fittedOn };
  });
}

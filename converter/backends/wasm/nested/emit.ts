import type { MemoryPlan } from '../../../plan/plan.ts';
import type { Program } from '../../../plan/program.ts';
import { InternalError, type Problem, ProblemError } from '../../../problem.ts';
import { ConstantPool } from '../constant-pool.ts';
import {
  type EmittedVariants,
  layoutOf,
  pendingVariants,
  refuse,
  type TensorPlace,
  withoutTwins,
} from '../emit-module.ts';
import { shippedConstants } from '../storage/shipped.ts';
import { type Variant, variants } from '../variant.ts';
import { difference } from './difference.ts';

/** The program of one width, planned. */
export interface WasmWidth {
  /** The share that it is asked for by, 1 for the whole model. */
  readonly share: number;
  readonly program: Program;
  readonly plan: MemoryPlan;
}

/** A width other than the whole model, as the loader needs it. */
export interface ShippedWidth {
  readonly share: number;
  /** Bytes of its weights and tables in memory, behind those of the width before it, and of its code in each variant. */
  readonly constantBytes: number;
  readonly codeBytes: { readonly [V in Variant]?: number };
  readonly inputs: readonly TensorPlace[];
  readonly outputs: readonly TensorPlace[];
}

/** The modules of the whole model, and what makes those of the narrower widths out of them. */
export interface EmittedWidths {
  readonly whole: EmittedVariants;
  /** From the widest to the narrowest. */
  readonly narrower: readonly ShippedWidth[];
  /** The differences one after the other: of weights and tables, then of the code of each variant, in the order of the modules. */
  readonly differences: Uint8Array<ArrayBuffer>;
  readonly differenceBytes: { readonly constants: number; readonly code: { readonly [V in Variant]?: number } };
}

/**
 * Emits several widths of a model into one memory: weights and tables of the whole model, behind them those of each narrower width, and one
 * arena for all, with modules of its own for each width, which import that memory. Each module is what the width would be alone; weights and code are
 * shipped as differences to those of the whole model, since most of their bytes are there.
 *
 * @param widths from the narrowest to the whole model
 * Throws ProblemError with what has no kernel, and for models with state.
 */
export function emitWasmWidths(widths: readonly WasmWidth[], wanted: readonly Variant[] = variants): EmittedWidths {
  const last = widths.at(-1);
  if (last === undefined) throw new InternalError('a nested model has at least one width');
  if (last.program.states.length > 0) throw new ProblemError([stateProblem]);
  for (const { program } of widths) refuse(program);
  const choice = { wanted, divide: null, importsMemory: true };
  const constants = new ConstantPool();
  const first = pendingVariants(last.program, last.plan, constants, choice);
  const shipped = shippedConstants(constants);
  let { end } = constants;
  const narrower = widths
    .slice(0, -1)
    .reverse()
    .map((width) => {
      const own = new ConstantPool(end);
      const pending = pendingVariants(width.program, width.plan, own, choice);
      const address = end;
      end = own.end;
      return { ...width, pending, shipped: { bytes: own.image(), address, isStream: false } };
    });
  // Planning is a search: a narrower program may, rarely, get a larger arena.
  const arenaBytes = Math.max(...widths.map(({ plan }) => plan.arenaBytes));
  const layout = layoutOf(last.program, last.plan, end, shipped, false, arenaBytes);
  const modules = withoutTwins(first.finish(layout, shipped));
  const others = narrower.map((width) => {
    const own = layoutOf(width.program, width.plan, end, width.shipped, false, arenaBytes);
    return { ...width, layout: own, modules: width.pending.finish({ ...own, pages: layout.pages }, width.shipped) };
  });
  const codeOf = (width: (typeof others)[number], variant: Variant): Uint8Array => {
    const module = width.modules.find((one) => one.variant === variant);
    if (module === undefined) throw new InternalError(`a width has no variant ${variant}`);
    return module.bytes;
  };
  const differences = [
    difference(constants.image(), joined(others.map(({ shipped: { bytes } }) => bytes))),
    ...modules.map(({ variant, bytes }) => difference(bytes, joined(others.map((width) => codeOf(width, variant))))),
  ];
  const [ofConstants, ...ofCode] = differences;
  return {
    whole: { layout, constants: shipped.bytes, modules },
    narrower: others.map((width) => ({
      share: width.share,
      constantBytes: width.shipped.bytes.length,
      codeBytes: Object.fromEntries(modules.map(({ variant }) => [variant, codeOf(width, variant).length])),
      inputs: width.layout.inputs,
      outputs: width.layout.outputs,
    })),
    differences: joined(differences),
    differenceBytes: {
      constants: ofConstants?.length ?? 0,
      code: Object.fromEntries(modules.map(({ variant }, i) => [variant, ofCode[i]?.length ?? 0])),
    },
  };
}

const stateProblem: Problem = {
  code: 'nested-state',
  where: '--nested',
  what: 'the model remembers what each width would remember otherwise',
  advice: 'convert each width on its own',
};

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}

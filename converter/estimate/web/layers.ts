import { arithmeticOf } from '../../backends/kernel.ts';
import type { WasmModule } from '../../backends/wasm/assembler/index.ts';
import type { WasmInstructions } from '../../backends/wasm/counts/instructions.ts';
import { moduleInstructions } from '../../backends/wasm/counts/module.ts';
import { slabFormOf } from '../../backends/wasm/threads/slab.ts';
import type { OpType } from '../../ops/op.ts';
import { opCost } from '../../ops/registry.ts';
import type { Program, Step } from '../../plan/program.ts';
import { byteSize } from '../../tensor/tensor.ts';

/** What a layer of a WASM module does, counted: what {@link estimateWeb} turns into time. */
export interface WebLayer {
  /** The user's own operator and place. */
  readonly name: string;
  readonly kind: OpType;
  readonly arithmetic: 'float32' | 'int8' | 'hybrid' | 'int16' | 'other';
  /** Instructions that it executes in the variant that the module is of. */
  readonly counts: WasmInstructions;
  /** Multiplications with additions of products; 0 for everything else. */
  readonly macs: number;
  /** Weights and tables, each of which is read at least once. */
  readonly constantBytes: number;
  /** Inputs and outputs that are computed. */
  readonly activationBytes: number;
  /** Whether threads can share it. */
  readonly isDivisible: boolean;
}

/**
 * The layers of an emitted module of a program, in their order: of `EmittedModule.module` or `VariantModule.module`. Of a stream the
 * first layer has all instructions.
 */
export function webLayers(program: Program, module: WasmModule): readonly WebLayer[] {
  const executed = moduleInstructions(module, program.steps.length);
  return program.steps.flatMap((step, i) => {
    const counts = executed[i];
    return counts === undefined ? [] : [webLayerOf(step, counts)];
  });
}

function webLayerOf(step: Step, counts: WasmInstructions): WebLayer {
  const inputs = step.inputs.map(({ type }) => type);
  const outputs = step.outputs.map(({ type }) => type);
  const bytes = (wanted: 'constant' | 'computed') =>
    step.inputs.reduce((sum, operand) => {
      const isConstant = operand.kind === 'constant';
      return isConstant === (wanted === 'constant') ? sum + byteSize(operand.type) : sum;
    }, 0);
  return {
    name: step.name,
    kind: step.op.type,
    arithmetic: arithmeticOf(inputs),
    counts,
    macs: opCost(step.op, inputs, outputs).macs,
    constantBytes: bytes('constant'),
    activationBytes: bytes('computed') + outputs.reduce((sum, type) => sum + byteSize(type), 0),
    isDivisible: slabFormOf(step.op, inputs, outputs) !== null,
  };
}

import { InternalError, invariant } from '../../../problem.ts';
import { ByteReader } from './byte-reader.ts';
import type { ImmediateSpec } from './instructions/row.ts';
import type { Instruction } from './instructions/table.ts';
import { importedFunctions, type WasmModule } from './module.ts';
import { controlName, encodedLength, instructionByOpcode, opcodeKey, variableName } from './opcode.ts';
import type { FunctionType, ValueType } from './value-type.ts';

/** An instruction of a body; blocks hold what is in them. Depths of branches count blocks outwards, 0 for the innermost one. */
export type CodeNode =
  /** `value` is the immediate of a constant of 32 bits. */
  | { readonly kind: 'plain'; readonly instruction: Instruction; readonly value: number | null }
  | { readonly kind: 'local.get' | 'local.set' | 'local.tee'; readonly local: number }
  | { readonly kind: 'global.get' | 'global.set'; readonly global: number }
  | { readonly kind: 'drop' | 'select' | 'return' | 'unreachable' }
  /** `callee` counts imported functions first. */
  | { readonly kind: 'call'; readonly callee: number; readonly type: FunctionType }
  | { readonly kind: 'call_indirect'; readonly type: FunctionType }
  | { readonly kind: 'block' | 'loop'; readonly type: FunctionType; readonly body: readonly CodeNode[] }
  | {
      readonly kind: 'if';
      readonly type: FunctionType;
      readonly whenTrue: readonly CodeNode[];
      readonly otherwise: readonly CodeNode[];
    }
  | { readonly kind: 'br' | 'br_if'; readonly depth: number }
  /** The last depth is that of an index without target. */
  | { readonly kind: 'br_table'; readonly depths: readonly number[] };

/** A function as a tree. */
export interface DecodedFunction {
  readonly name: string;
  readonly type: FunctionType;
  /** Types of parameters and variables. */
  readonly locals: readonly ValueType[];
  readonly body: readonly CodeNode[];
}

/** The function at `index` of a module, which counts imported functions first and must not be one of them. */
export function decodeFunction(module: WasmModule, index: number): DecodedFunction {
  const body = module.functions[index - importedFunctions(module).length];
  invariant(body !== undefined, `function ${index} is not in the module`);
  const decoder = new Decoder(module, body.code);
  const locals = body.locals.map(({ type }) => type);
  return { name: body.name, type: typeOf(module, body.typeIndex), locals, body: decoder.sequence().nodes };
}

function typeOf({ types }: WasmModule, index: number): FunctionType {
  const type = types[index];
  invariant(type !== undefined, `type ${index} is not in the module`);
  return type;
}

class Decoder {
  readonly #module: WasmModule;
  readonly #reader: ByteReader;

  constructor(module: WasmModule, code: Uint8Array) {
    this.#module = module;
    this.#reader = new ByteReader(code);
  }

  /** Instructions up to the `end` or `else` that closes them. */
  sequence(): { readonly nodes: readonly CodeNode[]; readonly isElse: boolean } {
    const nodes: CodeNode[] = [];
    while (true) {
      const opcode = opcodeKey(this.#reader);
      const control = controlName.get(opcode);
      if (control === 'end' || control === 'else') return { nodes, isElse: control === 'else' };
      if (control !== 'nop') nodes.push(control === undefined ? this.#straight(opcode) : this.#control(control));
    }
  }

  #straight(opcode: number): CodeNode {
    const variable = variableName.get(opcode);
    if (variable === 'global.get' || variable === 'global.set') return { kind: variable, global: this.#reader.u32() };
    if (variable !== undefined) return { kind: variable, local: this.#reader.u32() };
    if (opcode === 0x1a) return { kind: 'drop' };
    if (opcode === 0x1b) return { kind: 'select' };
    if (opcode === 0x10) return this.#call();
    if (opcode === 0x11) {
      const type = typeOf(this.#module, this.#reader.u32());
      this.#reader.byte();
      return { kind: 'call_indirect', type };
    }
    const instruction = instructionByOpcode.get(opcode);
    if (instruction === undefined) throw new InternalError(`opcode 0x${opcode.toString(16)} is not in the table`);
    return { kind: 'plain', instruction, value: this.#immediate(instruction) };
  }

  #call(): CodeNode {
    const callee = this.#reader.u32();
    const imported = importedFunctions(this.#module);
    const typeIndex = imported[callee]?.typeIndex ?? this.#module.functions[callee - imported.length]?.typeIndex;
    invariant(typeIndex !== undefined, `function ${callee} is not in the module`);
    return { kind: 'call', callee, type: typeOf(this.#module, typeIndex) };
  }

  #control(name: string): CodeNode {
    switch (name) {
      case 'block':
      case 'loop':
        return { kind: name, type: this.#blockType(), body: this.sequence().nodes };
      case 'if': {
        const type = this.#blockType();
        const { nodes, isElse } = this.sequence();
        return { kind: 'if', type, whenTrue: nodes, otherwise: isElse ? this.sequence().nodes : [] };
      }
      case 'br':
      case 'br_if':
        return { kind: name, depth: this.#reader.u32() };
      case 'br_table':
        return { kind: name, depths: Array.from({ length: this.#reader.u32() + 1 }, () => this.#reader.u32()) };
      case 'return':
      case 'unreachable':
        return { kind: name };
      default:
        throw new InternalError(`unknown instruction ${name}`);
    }
  }

  #blockType(): FunctionType {
    const code = this.#reader.s32();
    if (code >= 0) return typeOf(this.#module, code);
    return { operands: [], results: (code & 0x7f) === 0x40 ? [] : ['i32'] };
  }

  /** Reads what follows the opcode; the value of a constant of 32 bits. */
  #immediate({ immediate, opcode }: Instruction): number | null {
    const reader = this.#reader;
    if (immediate.kind === 'none') reader.bytes(opcode.length - encodedLength(opcode));
    if (immediate.kind === 'i32') return reader.s32();
    skip(reader, immediate);
    return null;
  }
}

function skip(reader: ByteReader, immediate: ImmediateSpec): void {
  switch (immediate.kind) {
    case 'none':
    case 'i32':
      return;
    case 'i64':
      reader.s64();
      return;
    case 'f32':
      reader.f32();
      return;
    case 'f64':
      reader.f64();
      return;
    case 'memory':
    case 'memory-lane':
      reader.byte();
      reader.u32();
      if (immediate.kind === 'memory-lane') reader.byte();
      return;
    case 'lane':
      reader.byte();
      return;
    case 'v128':
    case 'shuffle':
      reader.bytes(16);
      return;
    case 'data':
      reader.u32();
      if (immediate.memoryIndex) reader.byte();
      return;
    default:
      throw new InternalError(`unknown immediate ${JSON.stringify(immediate satisfies never)}`);
  }
}

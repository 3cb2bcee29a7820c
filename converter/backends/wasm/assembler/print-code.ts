import { InternalError, invariant } from '../../../problem.ts';
import { ByteReader } from './byte-reader.ts';
import { identifiers, type ModuleIdentifiers } from './identifiers.ts';
import { controlOpcode } from './instructions/parametric.ts';
import type { ImmediateSpec } from './instructions/row.ts';
import type { Instruction } from './instructions/table.ts';
import type { FunctionBody } from './module.ts';
import { f32Text, f64Text } from './number-text.ts';
import { controlName, encodedLength, instructionByOpcode, opcodeKey, variableName } from './opcode.ts';
import { type FunctionType, type ValueType, valueTypeCode, valueTypes } from './value-type.ts';

/** What the listing of a function refers to outside of it. */
export interface CodeContext {
  readonly ids: ModuleIdentifiers;
  readonly types: readonly FunctionType[];
}

/** The instructions of a body, one per line, decoded from its bytes; indented by block, without the final `end`. */
export function printCode(body: FunctionBody, context: CodeContext, indent: string): string[] {
  const printer = new CodePrinter(body, context);
  return printer.lines().map((line) => indent + line);
}

class CodePrinter {
  private readonly reader: ByteReader;
  private readonly locals: readonly string[];
  private readonly context: CodeContext;
  /** Names of the open labels, the function body first. */
  private readonly labels: string[] = ['$body'];
  private labelCount = 0;

  constructor(body: FunctionBody, context: CodeContext) {
    this.reader = new ByteReader(body.code);
    this.locals = identifiers(body.locals);
    this.context = context;
  }

  lines(): string[] {
    const lines: string[] = [];
    while (!this.reader.done) {
      const opcode = opcodeKey(this.reader);
      const outdented = opcode === controlOpcode.end || opcode === controlOpcode.else;
      if (opcode === controlOpcode.end) this.labels.pop();
      const depth = this.labels.length - (opcode === controlOpcode.else ? 2 : 1);
      if (outdented && this.labels.length === 0) break;
      const text = this.instruction(opcode);
      lines.push('  '.repeat(depth) + text);
    }
    return lines;
  }

  private instruction(opcode: number): string {
    const control = controlName.get(opcode);
    if (control !== undefined) return this.control(control);
    const variable = variableName.get(opcode);
    if (variable !== undefined) return this.variable(variable);
    const { ids, types } = this.context;
    if (opcode === 0x1a) return 'drop';
    if (opcode === 0x1b) return 'select';
    if (opcode === 0x10) return `call ${at(ids.functions, this.reader.u32())}`;
    if (opcode === 0x11) {
      const type = at(types, this.reader.u32());
      this.reader.byte();
      return `call_indirect${typeText(type)}`;
    }
    const known = instructionByOpcode.get(opcode);
    if (known === undefined) throw new InternalError(`opcode 0x${opcode.toString(16)} is not in the table`);
    return known.name + this.immediate(known);
  }

  private variable(name: 'local.get' | 'local.set' | 'local.tee' | 'global.get' | 'global.set'): string {
    const index = this.reader.u32();
    return `${name} ${at(name.startsWith('local') ? this.locals : this.context.ids.globals, index)}`;
  }

  private control(name: string): string {
    switch (name) {
      case 'block':
      case 'loop':
      case 'if': {
        const type = this.blockType();
        const label = `$L${this.labelCount++}`;
        this.labels.push(label);
        return `${name} ${label}${type}`;
      }
      case 'br':
      case 'br_if':
        return `${name} ${this.label()}`;
      case 'br_table': {
        const targets = Array.from({ length: this.reader.u32() + 1 }, () => this.label());
        return `${name} ${targets.join(' ')}`;
      }
      default:
        return name;
    }
  }

  /** The text format has no name for the function body, so its label is a number. */
  private label(): string {
    const depth = this.reader.u32();
    return depth === this.labels.length - 1 ? String(depth) : at(this.labels, this.labels.length - 1 - depth);
  }

  private blockType(): string {
    const code = this.reader.s32();
    if (code >= 0) return typeText(at(this.context.types, code));
    const single = valueTypes.find((type) => valueTypeCode[type] === (code & 0x7f));
    return single === undefined ? '' : ` (result ${single})`;
  }

  private immediate(instruction: Instruction): string {
    const spec = instruction.immediate;
    const { reader } = this;
    switch (spec.kind) {
      case 'none':
        // Index bytes of memory 0 that belong to the opcode.
        reader.bytes(instruction.opcode.length - encodedLength(instruction.opcode));
        return '';
      case 'i32':
        return ` ${reader.s32()}`;
      case 'i64':
        return ` ${reader.s64()}`;
      case 'f32': {
        const { value, bits } = reader.f32();
        return ` ${f32Text(value, bits)}`;
      }
      case 'f64': {
        const { value, bits } = reader.f64();
        return ` ${f64Text(value, bits)}`;
      }
      case 'v128':
        return ` ${vectorText(reader.bytes(16))}`;
      case 'memory':
        return this.memarg(spec.accessBytes);
      case 'memory-lane':
        return `${this.memarg(spec.accessBytes)} ${reader.byte()}`;
      case 'lane':
        return ` ${reader.byte()}`;
      case 'shuffle':
        return ` ${reader.bytes(16).join(' ')}`;
      case 'data':
        return this.data(spec);
      default:
        throw new InternalError(`unknown immediate ${JSON.stringify(spec satisfies never)}`);
    }
  }

  private data(spec: Extract<ImmediateSpec, { kind: 'data' }>): string {
    const id = at(this.context.ids.data, this.reader.u32());
    if (spec.memoryIndex) this.reader.byte();
    return ` ${id}`;
  }

  private memarg(naturalBytes: number): string {
    const align = 2 ** this.reader.byte();
    const offset = this.reader.u32();
    return (offset === 0 ? '' : ` offset=${offset}`) + (align === naturalBytes ? '' : ` align=${align}`);
  }
}

function vectorText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer);
  const lanes = [0, 4, 8, 12].map((offset) => `0x${view.getUint32(offset, true).toString(16).padStart(8, '0')}`);
  return `i32x4 ${lanes.join(' ')}`;
}

/** ` (param i32 i32) (result f32)`, each part only when it is not empty. */
export function typeText(type: FunctionType): string {
  return part('param', type.operands) + part('result', type.results);
}

function part(word: string, types: readonly ValueType[]): string {
  return types.length === 0 ? '' : ` (${word} ${types.join(' ')})`;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  invariant(item !== undefined, `index ${index} in the code is out of range`);
  return item;
}

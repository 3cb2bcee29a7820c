import { type ByteWriter, writeBytes } from './byte-writer.ts';
import { constant } from './expression.ts';
import { writeImmediate } from './immediate.ts';
import {
  type DataBytes,
  type FunctionBody,
  type GlobalDefinition,
  type Import,
  importedFunctions,
  type MemoryLimits,
  type WasmModule,
} from './module.ts';
import { type FunctionType, type ValueType, valueTypeCode } from './value-type.ts';

/** Section ids (WebAssembly 2.0, section 5.5.2). */
const section = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

const externalKind = { function: 0, memory: 2, global: 3 } as const;
const nameSubsection = { module: 0, functions: 1, locals: 2 } as const;
const endOpcode = 0x0b;
const funcref = 0x70;

/** How a module is written. */
export interface EncodeOptions {
  /** Whether to write the name section; true when absent. Shipped modules can do without. */
  readonly names?: boolean;
}

/** The module in the binary format, version 1. */
export function encodeModule(module: WasmModule, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  return writeBytes((out) => {
    out.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    writeDeclarations(out, module);
    writeContents(out, module);
    if (options.names ?? true) writeSection(out, section.custom, (content) => writeNames(content, module));
    for (const custom of module.customs) {
      writeSection(out, section.custom, (content) => {
        content.name(custom.name);
        content.bytes(custom.bytes);
      });
    }
  });
}

function writeDeclarations(out: ByteWriter, module: WasmModule): void {
  const { memory, start } = module;
  writeVector(out, section.type, module.types, writeFunctionType);
  writeVector(out, section.import, module.imports, writeImport);
  writeVector(out, section.function, module.functions, (content, body) => content.u32(body.typeIndex));
  if (module.table.length > 0) writeSection(out, section.table, (content) => writeTable(content, module.table.length));
  writeVector(out, section.memory, memory ? [memory.limits] : [], writeLimits);
  writeVector(out, section.global, module.globals, writeGlobal);
  writeVector(out, section.export, module.exports, (content, entry) => {
    content.name(entry.name);
    content.byte(externalKind[entry.kind]);
    content.u32(entry.index);
  });
  if (start !== undefined) writeSection(out, section.start, (content) => content.u32(start));
}

function writeContents(out: ByteWriter, module: WasmModule): void {
  if (module.table.length > 0) writeSection(out, section.element, (content) => writeElements(content, module.table));
  if (module.data.length > 0) writeSection(out, section.dataCount, (content) => content.u32(module.data.length));
  writeVector(out, section.code, module.functions, writeBody);
  writeVector(out, section.data, module.data, writeData);
}

function writeSection(out: ByteWriter, id: number, write: (content: ByteWriter) => void): void {
  out.byte(id);
  out.block(writeBytes(write));
}

/** A section that is a vector, left out when empty. */
function writeVector<T>(
  out: ByteWriter,
  id: number,
  items: readonly T[],
  write: (content: ByteWriter, item: T) => void,
): void {
  if (items.length === 0) return;
  writeSection(out, id, (content) => content.vector(items, (item) => write(content, item)));
}

function writeFunctionType(content: ByteWriter, type: FunctionType): void {
  content.byte(0x60);
  content.vector(type.operands, (operand) => content.byte(valueTypeCode[operand]));
  content.vector(type.results, (result) => content.byte(valueTypeCode[result]));
}

function writeImport(content: ByteWriter, entry: Import): void {
  content.name(entry.module);
  content.name(entry.field);
  content.byte(externalKind[entry.kind]);
  if (entry.kind === 'function') content.u32(entry.typeIndex);
  else writeLimits(content, entry.limits);
}

function writeLimits(content: ByteWriter, limits: MemoryLimits): void {
  const { minPages, maxPages, shared = false } = limits;
  content.byte((maxPages === undefined ? 0 : 1) | (shared ? 2 : 0));
  content.u32(minPages);
  if (maxPages !== undefined) content.u32(maxPages);
}

function writeTable(content: ByteWriter, elements: number): void {
  content.bytes([1, funcref, 1]);
  content.u32(elements);
  content.u32(elements);
}

function writeElements(content: ByteWriter, elements: readonly number[]): void {
  content.bytes([1, 0]);
  writeConstant(content, 'i32', 0);
  content.vector(elements, (index) => content.u32(index));
}

function writeGlobal(content: ByteWriter, global: GlobalDefinition): void {
  content.byte(valueTypeCode[global.type]);
  content.byte(global.mutable ? 1 : 0);
  writeConstant(content, global.type, global.init);
}

/** A constant expression with its `end`. */
function writeConstant(content: ByteWriter, type: ValueType, value: number | bigint): void {
  const { instruction, immediate } = constant<ValueType>(type, value);
  content.bytes(instruction.opcode);
  writeImmediate(content, immediate);
  content.byte(endOpcode);
}

function writeBody(content: ByteWriter, body: FunctionBody): void {
  const declarations = writeBytes((writer) => {
    const runs: { type: ValueType; count: number }[] = [];
    for (const { type } of body.locals.slice(body.paramCount)) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    writer.vector(runs, (run) => {
      writer.u32(run.count);
      writer.byte(valueTypeCode[run.type]);
    });
  });
  content.u32(declarations.length + body.code.length);
  content.bytes(declarations);
  content.bytes(body.code);
}

function writeData(content: ByteWriter, segment: DataBytes): void {
  content.byte(segment.offset === undefined ? 1 : 0);
  if (segment.offset !== undefined) writeConstant(content, 'i32', segment.offset);
  content.block(segment.bytes);
}

/** The name section (WebAssembly 2.0, section 7.4.1). */
function writeNames(content: ByteWriter, module: WasmModule): void {
  content.name('name');
  writeSection(content, nameSubsection.module, (names) => names.name(module.name));
  const functions = [
    ...importedFunctions(module).map(({ name, params }) => ({ name, locals: params })),
    ...module.functions,
  ];
  if (functions.length === 0) return;
  writeSection(content, nameSubsection.functions, (names) => writeNameMap(names, functions));
  writeSection(content, nameSubsection.locals, (names) => {
    names.vector(functions, (body, index) => {
      names.u32(index);
      writeNameMap(names, body.locals);
    });
  });
}

function writeNameMap(names: ByteWriter, items: readonly { readonly name: string }[]): void {
  names.vector(items, (item, index) => {
    names.u32(index);
    names.name(item.name);
  });
}

import { constant } from './expression.ts';
import { identifiers, type ModuleIdentifiers, moduleIdentifiers } from './identifiers.ts';
import {
  type DataBytes,
  type Export,
  type FunctionBody,
  type Import,
  importedFunctions,
  type MemoryLimits,
  type WasmModule,
} from './module.ts';
import { bytesText, f32Text, f64Text, nameText } from './number-text.ts';
import { printCode, typeText } from './print-code.ts';
import type { FunctionType, ValueType } from './value-type.ts';

/**
 * A listing of the module in the text format, decoded from the code bytes. Stable: equal modules give equal text. It
 * parses back into the same sections, names and custom sections excepted.
 */
export function printModule(module: WasmModule): string {
  const ids = moduleIdentifiers(module);
  const memory = module.memory
    ? [`(memory ${identifiers([module.memory])[0]} ${limitsText(module.memory.limits)})`]
    : [];
  const lines = [
    ...module.types.map((type, index) => `(type (;${index};) (func${typeText(type)}))`),
    ...printImports(module, ids),
    ...printTable(module, ids),
    ...memory,
    ...module.globals.map((global, index) => {
      const type = global.mutable ? `(mut ${global.type})` : global.type;
      return `(global ${ids.globals[index]} ${type} (${constantText(global.type, global.init)}))`;
    }),
    ...module.exports.map((entry) => printExport(entry, ids)),
    ...(module.start === undefined ? [] : [`(start ${ids.functions[module.start]})`]),
    ...module.functions.flatMap((body, index) => printFunction(module, body, index, ids)),
    ...module.data.map((segment, index) => printData(segment, ids.data[index] ?? '')),
    ...module.customs.map(({ name, bytes }) => `;; custom section ${nameText(name)}, ${bytes.length} bytes`),
  ];
  const [name = ''] = identifiers([module]);
  return [`(module ${name}`, ...lines.map((line) => `  ${line}`), ')', ''].join('\n');
}

function printImports(module: WasmModule, ids: ModuleIdentifiers): string[] {
  let functionIndex = 0;
  return module.imports.map((entry: Import) => {
    const from = `(import ${nameText(entry.module)} ${nameText(entry.field)}`;
    if (entry.kind === 'memory') return `${from} (memory ${identifiers([entry])[0]} ${limitsText(entry.limits)}))`;
    const type = module.types[entry.typeIndex];
    return `${from} (func ${ids.functions[functionIndex++]}${paramsText(entry.params)}${resultsText(type)}))`;
  });
}

function printTable(module: WasmModule, ids: ModuleIdentifiers): string[] {
  const size = module.table.length;
  if (size === 0) return [];
  const elements = module.table.map((index) => ids.functions[index] ?? '');
  return [`(table ${size} ${size} funcref)`, `(elem (i32.const 0) func ${elements.join(' ')})`];
}

function printExport(entry: Export, ids: ModuleIdentifiers): string {
  const { name, kind, index } = entry;
  if (kind === 'function') return `(export ${nameText(name)} (func ${ids.functions[index]}))`;
  return `(export ${nameText(name)} (${kind} ${kind === 'global' ? ids.globals[index] : index}))`;
}

function printFunction(module: WasmModule, body: FunctionBody, index: number, ids: ModuleIdentifiers): string[] {
  const declared = identifiers(body.locals).map((id, local) => ({ name: id.slice(1), type: body.locals[local]?.type }));
  const id = ids.functions[importedFunctions(module).length + index];
  const head = `(func ${id}${paramsText(declared.slice(0, body.paramCount))}${resultsText(module.types[body.typeIndex])}`;
  const locals = declared.slice(body.paramCount).map(({ name, type }) => `  (local $${name} ${type})`);
  return [head, ...locals, ...printCode(body, { ids, types: module.types }, '  '), ')'];
}

function printData(segment: DataBytes, id: string): string {
  const place = segment.offset === undefined ? '' : ` (i32.const ${segment.offset})`;
  return `(data ${id}${place} ${bytesText(segment.bytes)})`;
}

function paramsText(params: readonly { readonly name: string; readonly type: ValueType | undefined }[]): string {
  return identifiers(params)
    .map((id, index) => ` (param ${id} ${params[index]?.type})`)
    .join('');
}

function resultsText(type: FunctionType | undefined): string {
  return typeText({ operands: [], results: type?.results ?? [] });
}

function limitsText(limits: MemoryLimits): string {
  const { minPages, maxPages, shared = false } = limits;
  return [minPages, ...(maxPages === undefined ? [] : [maxPages]), ...(shared ? ['shared'] : [])].join(' ');
}

function constantText(type: ValueType, value: number | bigint): string {
  const { instruction, immediate } = constant<ValueType>(type, value);
  if (immediate.kind === 'f32') return `${instruction.name} ${f32Text(Math.fround(immediate.value), 0x7fc0_0000)}`;
  if (immediate.kind === 'f64') return `${instruction.name} ${f64Text(immediate.value, 0x7ff8n << 48n)}`;
  return `${instruction.name} ${value}`;
}

import { InternalError, invariant } from '../../../problem.ts';
import type { Literal } from './expression.ts';
import { FunctionBuilder, type LocalDeclaration, type ModuleContext } from './function-builder.ts';
import type { DataSegment } from './immediate.ts';
import { FunctionRef, Global, type Local, type Parameters } from './local.ts';
import type {
  CustomSection,
  DataBytes,
  Export,
  FunctionBody,
  GlobalDefinition,
  Import,
  MemoryLimits,
  WasmModule,
} from './module.ts';
import { type FunctionType, formatTypes, type ValueType } from './value-type.ts';

/** Limits of the JavaScript embedding (WebAssembly JavaScript Interface, "Implementation-defined Limits"). */
const maxFunctions = 1_000_000;
const maxSegments = 100_000;
const maxArity = 1000;
const maxPages = 65_536;
const maxNameBytes = 100_000;

/** Type of a function, with names for its parameters. */
export interface Signature<P extends Parameters, R extends readonly ValueType[]> {
  readonly params?: P;
  readonly results?: R;
  /** Name under which the function is exported. */
  readonly export?: string;
}

/** The parameters of a function within its body. */
export type ParameterLocals<P extends Parameters> = { readonly [K in keyof P]: Local<P[K]> };

/** Emits the body of a function whose parameters are `P`. */
export type FunctionBodyWriter<P extends Parameters> = (f: FunctionBuilder, params: ParameterLocals<P>) => void;

/**
 * Collects the parts of a module. Imported functions must come before the module's own, and the memory before the functions
 * that use it. Indices are given in the order of the calls, so equal calls give equal bytes. Throws `InternalError` on
 * anything that would not validate.
 */
export class ModuleBuilder {
  private readonly name: string;
  private readonly types: FunctionType[] = [];
  private readonly typeIndices = new Map<string, number>();
  private readonly imports: Import[] = [];
  private readonly importedRefs: FunctionRef[] = [];
  private readonly declared: FunctionRef[] = [];
  private readonly bodies: (FunctionBody | undefined)[] = [];
  private readonly globals: GlobalDefinition[] = [];
  private readonly exports: Export[] = [];
  private readonly segments: DataBytes[] = [];
  private readonly customs: CustomSection[] = [];
  private memoryDeclared = false;
  private ownMemory: { readonly name: string; readonly limits: MemoryLimits } | undefined;
  private elements: readonly number[] = [];
  private startIndex: number | undefined;
  private readonly context: ModuleContext = {
    typeIndex: (type) => this.typeIndex(type),
    hasMemory: () => this.memoryDeclared,
    hasTable: () => this.elements.length > 0,
  };

  constructor(name: string) {
    this.name = name;
  }

  /** A function of the embedder; before any `declare` or `function`. */
  importFunction<const P extends Parameters, const R extends readonly ValueType[] = readonly []>(
    module: string,
    field: string,
    signature: Signature<P, R>,
  ): FunctionRef<P, R>;
  importFunction(module: string, field: string, signature: Signature<Parameters, readonly ValueType[]>): FunctionRef {
    invariant(this.declared.length === 0, `import "${module}.${field}" comes after the first function`);
    checkName(module);
    checkName(field);
    const ref = this.newRef(field, this.importedRefs.length, signature);
    this.importedRefs.push(ref);
    const params = toDeclarations(ref.params);
    this.imports.push({ kind: 'function', module, field, name: field, typeIndex: this.typeIndex(ref.type), params });
    if (signature.export !== undefined) this.exportFunction(signature.export, ref);
    return ref;
  }

  /** A memory of the embedder, as memory 0. */
  importMemory(module: string, field: string, limits: MemoryLimits): void {
    this.addMemory(limits);
    this.imports.push({ kind: 'memory', module, field, name: field, limits });
  }

  /** The module's own memory, as memory 0. */
  memory(name: string, limits: MemoryLimits): void {
    this.addMemory(limits);
    this.ownMemory = { name, limits };
  }

  /** A function to be defined later, for calls before its body. */
  declare<const P extends Parameters, const R extends readonly ValueType[] = readonly []>(
    name: string,
    signature: Signature<P, R>,
  ): FunctionRef<P, R>;
  declare(name: string, signature: Signature<Parameters, readonly ValueType[]>): FunctionRef {
    const index = this.importedRefs.length + this.declared.length;
    invariant(index < maxFunctions, `more than ${maxFunctions} functions`);
    const ref = this.newRef(name, index, signature);
    this.typeIndex(ref.type);
    this.declared.push(ref);
    if (signature.export !== undefined) this.exportFunction(signature.export, ref);
    return ref;
  }

  /** The body of a declared function. */
  define<P extends Parameters>(ref: FunctionRef<P>, body: FunctionBodyWriter<P>): void;
  define(ref: FunctionRef, body: FunctionBodyWriter<Parameters>): void {
    const slot = ref.index - this.importedRefs.length;
    invariant(this.declared[slot] === ref, `function "${ref.name}" is not declared in this module`);
    invariant(this.bodies[slot] === undefined, `function "${ref.name}" is defined twice`);
    const f = new FunctionBuilder(ref.name, ref.type, this.context);
    const params: { [name: string]: Local } = {};
    for (const [name, type] of Object.entries(ref.params)) params[name] = f.local(type, name);
    body(f, params);
    const { locals, code } = f.finish();
    const paramCount = ref.type.operands.length;
    this.bodies[slot] = { name: ref.name, typeIndex: this.typeIndex(ref.type), paramCount, locals, code };
  }

  /** Declares and defines a function. */
  function<const P extends Parameters, const R extends readonly ValueType[] = readonly []>(
    name: string,
    signature: Signature<P, R>,
    body: FunctionBodyWriter<P>,
  ): FunctionRef<P, R> {
    const ref = this.declare(name, signature);
    this.define<P>(ref, body);
    return ref;
  }

  /** A global variable; a vector one starts at zero and takes no literal, so none is offered. */
  global<T extends Exclude<ValueType, 'v128'>>(
    name: string,
    type: T,
    init: Literal<T>,
    options: { readonly mutable?: boolean; readonly export?: string } = {},
  ): Global<T> {
    const index = this.globals.length;
    const mutable = options.mutable ?? false;
    this.globals.push({ name, type, mutable, init });
    if (options.export !== undefined) this.addExport({ name: options.export, kind: 'global', index });
    return new Global(type, name, index, mutable);
  }

  /** Lets the embedder call a function. */
  exportFunction(name: string, ref: FunctionRef): void {
    this.addExport({ name, kind: 'function', index: ref.index });
  }

  /** Lets the embedder read and write the memory. */
  exportMemory(name: string): void {
    invariant(this.memoryDeclared, `export "${name}": the module has no memory`);
    this.addExport({ name, kind: 'memory', index: 0 });
  }

  /** Runs a function without parameters and results at instantiation. */
  start(ref: FunctionRef): void {
    invariant(
      ref.type.operands.length + ref.type.results.length === 0,
      `start "${ref.name}": has parameters or results`,
    );
    this.startIndex = ref.index;
  }

  /** Table 0, for `callIndirect`: the element index is the position in the list. */
  table(functions: readonly FunctionRef[]): void {
    invariant(this.elements.length === 0 && functions.length > 0, 'a module has one table, which is not empty');
    this.elements = functions.map((ref) => ref.index);
  }

  /** Bytes for the memory: at `offset` from the start, or passive (for `memory.init`) when there is no offset. */
  data(name: string, bytes: Uint8Array, offset?: number): DataSegment {
    const index = this.segments.length;
    invariant(index < maxSegments, `more than ${maxSegments} data segments`);
    if (offset !== undefined) {
      invariant(this.memoryDeclared, `data "${name}": the module has no memory`);
      invariant(Number.isInteger(offset) && offset >= 0, `data "${name}": ${offset} is not an offset`);
      const end = offset + bytes.length;
      invariant(end <= maxPages * 65_536, `data "${name}": ends at ${end}, behind any memory`);
    }
    this.segments.push({ name, bytes, ...(offset === undefined ? {} : { offset }) });
    return { kind: 'data-segment', index, lengthBytes: bytes.length };
  }

  /** A section that engines skip. */
  custom(name: string, bytes: Uint8Array): void {
    checkName(name);
    this.customs.push({ name, bytes });
  }

  /** The finished module. Every declared function must be defined. */
  build(): WasmModule {
    const functions = this.declared.map((ref, slot): FunctionBody => {
      const body = this.bodies[slot];
      if (body === undefined) throw new InternalError(`function "${ref.name}" is declared but not defined`);
      return body;
    });
    return {
      name: this.name,
      types: [...this.types],
      imports: [...this.imports],
      functions,
      table: this.elements,
      ...(this.ownMemory ? { memory: this.ownMemory } : {}),
      globals: [...this.globals],
      exports: [...this.exports],
      ...(this.startIndex === undefined ? {} : { start: this.startIndex }),
      data: [...this.segments],
      customs: [...this.customs],
    };
  }

  private newRef(name: string, index: number, signature: Signature<Parameters, readonly ValueType[]>): FunctionRef {
    const { params = {}, results = [] } = signature;
    const names = Object.keys(params);
    invariant(Math.max(names.length, results.length) <= maxArity, `function "${name}": more than ${maxArity} values`);
    invariant(!names.some((param) => /^\d+$/.test(param)), `function "${name}": a parameter name is a number`);
    return new FunctionRef(name, index, params, results);
  }

  private typeIndex(type: FunctionType): number {
    const key = `${formatTypes(type.operands)}${formatTypes(type.results)}`;
    const known = this.typeIndices.get(key);
    if (known !== undefined) return known;
    this.typeIndices.set(key, this.types.length);
    this.types.push(type);
    return this.types.length - 1;
  }

  private addExport(entry: Export): void {
    checkName(entry.name);
    invariant(!this.exports.some(({ name }) => name === entry.name), `export "${entry.name}" is there twice`);
    this.exports.push(entry);
  }

  private addMemory(limits: MemoryLimits): void {
    const { minPages, maxPages: most = maxPages, shared = false } = limits;
    invariant(!this.memoryDeclared, 'a module has one memory');
    invariant(isPageCount(minPages) && isPageCount(most), `memory of ${minPages} to ${most} pages is not possible`);
    invariant(minPages <= most, `memory of at least ${minPages} and at most ${most} pages is not possible`);
    invariant(!shared || limits.maxPages !== undefined, 'a shared memory needs a maximum');
    this.memoryDeclared = true;
  }
}

function isPageCount(pages: number): boolean {
  return Number.isInteger(pages) && pages >= 0 && pages <= maxPages;
}

function checkName(name: string): void {
  invariant(name.length <= maxNameBytes, `a name has ${name.length} characters, more than ${maxNameBytes}`);
}

function toDeclarations(params: Parameters): LocalDeclaration[] {
  return Object.entries(params).map(([name, type]) => ({ name, type }));
}

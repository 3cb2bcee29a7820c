import type { Literal } from './expression.ts';
import type { LocalDeclaration } from './function-builder.ts';
import type { FunctionType, ValueType } from './value-type.ts';

/** Size of a memory in pages of 64 KiB. A shared memory must have a maximum. */
export interface MemoryLimits {
  readonly minPages: number;
  readonly maxPages?: number;
  readonly shared?: boolean;
}

/** Something that the embedder provides. */
export type Import = { readonly module: string; readonly field: string; readonly name: string } & (
  | { readonly kind: 'function'; readonly typeIndex: number; readonly params: readonly LocalDeclaration[] }
  | { readonly kind: 'memory'; readonly limits: MemoryLimits }
);

/** A function with its code, as the binary format wants it. */
export interface FunctionBody {
  readonly name: string;
  readonly typeIndex: number;
  /** How many of `locals` are parameters. */
  readonly paramCount: number;
  readonly locals: readonly LocalDeclaration[];
  /** Instructions up to and including the final `end`. */
  readonly code: Uint8Array;
}

/** A global with its constant initial value. */
export interface GlobalDefinition {
  readonly name: string;
  readonly type: ValueType;
  readonly mutable: boolean;
  readonly init: Literal<ValueType>;
}

/** Something that the embedder may use. */
export interface Export {
  readonly name: string;
  readonly kind: 'function' | 'memory' | 'global';
  readonly index: number;
}

/** Bytes copied into memory at instantiation (`offset` given), or by `memory.init` (passive). */
export interface DataBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly offset?: number;
}

/** A section for tools, which engines skip. */
export interface CustomSection {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A complete module. Function indices count imported functions first. */
export interface WasmModule {
  readonly name: string;
  readonly types: readonly FunctionType[];
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionBody[];
  /** Function indices of the elements of table 0; no table when empty. */
  readonly table: readonly number[];
  /** The module's own memory, if it does not import one. */
  readonly memory?: { readonly name: string; readonly limits: MemoryLimits };
  readonly globals: readonly GlobalDefinition[];
  readonly exports: readonly Export[];
  readonly start?: number;
  readonly data: readonly DataBytes[];
  readonly customs: readonly CustomSection[];
}

/** The imported functions, in index order. */
export function importedFunctions(module: WasmModule): Extract<Import, { kind: 'function' }>[] {
  return module.imports.filter((entry) => entry.kind === 'function');
}

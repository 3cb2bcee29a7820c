import wabtLoader from 'wabt';
import {
  encodeModule,
  type FunctionBodyWriter,
  ModuleBuilder,
  type Parameters,
  type ValueType,
  type WasmModule,
} from '../../../../converter/backends/wasm/assembler/index.ts';

/** What the independent judge must know; everything that the assembler can emit. */
export const wabtFeatures = {
  simd: true,
  relaxed_simd: true,
  threads: true,
  bulk_memory: true,
  sign_extension: true,
  sat_float_to_int: true,
  multi_value: true,
  mutable_globals: true,
  reference_types: true,
};

/** The judge. */
export const wabt: Awaited<ReturnType<typeof wabtLoader>> = await wabtLoader();

/** The declared type leaves out that `validate` takes the features. */
function validate(module: { validate(features: typeof wabtFeatures): void }): void {
  module.validate(wabtFeatures);
}

/** What wabt disassembles the bytes to; throws when they do not validate. */
export function disassemble(bytes: Uint8Array): string {
  const module = wabt.readWasm(bytes, { readDebugNames: true, ...wabtFeatures });
  try {
    validate(module);
    module.applyNames();
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}

/** The bytes of a text, without names. */
export function assemble(text: string): Uint8Array {
  const module = wabt.parseWat('listing.wat', text, wabtFeatures);
  try {
    validate(module);
    return Uint8Array.from(module.toBinary({ write_debug_names: false }).buffer);
  } finally {
    module.destroy();
  }
}

/** A module of the single function `f` with a page of memory, exported as `f` and `memory`. */
export function singleFunction<const P extends Parameters, const R extends readonly ValueType[]>(
  params: P,
  results: R,
  body: FunctionBodyWriter<P>,
): WasmModule {
  const m = new ModuleBuilder('single');
  m.memory('memory', { minPages: 1 });
  m.exportMemory('memory');
  m.function('f', { params, results, export: 'f' }, body);
  return m.build();
}

/** The exports of a module, instantiated in this engine. */
export async function instantiate(
  module: WasmModule,
  imports: WebAssembly.Imports = {},
): Promise<{ readonly [name: string]: WebAssembly.ExportValue }> {
  const { instance } = await WebAssembly.instantiate(encodeModule(module), imports);
  return instance.exports;
}

/** Builds, instantiates and gives the function `f`. */
export async function compile<const P extends Parameters, const R extends readonly ValueType[]>(
  params: P,
  results: R,
  body: FunctionBodyWriter<P>,
): Promise<(...args: readonly (number | bigint)[]) => unknown> {
  return functionOf(await instantiate(singleFunction(params, results, body)), 'f');
}

/** An exported function. */
export function functionOf(
  exports: { readonly [name: string]: WebAssembly.ExportValue },
  name: string,
): (...args: readonly (number | bigint)[]) => unknown {
  const value = exports[name];
  if (typeof value !== 'function') throw new Error(`no exported function ${name}`);
  return (...args) => value(...args);
}

/** An exported memory. */
export function memoryOf(exports: { readonly [name: string]: WebAssembly.ExportValue }): WebAssembly.Memory {
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new Error('no exported memory');
  return memory;
}

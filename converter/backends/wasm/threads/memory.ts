import { invariant } from '../../../problem.ts';
import { encodeModule, type MemoryLimits, type WasmModule } from '../assembler/index.ts';

/** The module with a memory of its own of so many pages. */
export function ownMemory(module: WasmModule, pages: number): WasmModule {
  return { ...module, memory: { name: 'memory', limits: { minPages: pages, maxPages: pages } } };
}

/** The module with a memory of the embedder of so many pages. */
export function importedMemory(module: WasmModule, pages: number): WasmModule {
  return withImported(module, { minPages: pages, maxPages: pages });
}

function withImported(module: WasmModule, limits: MemoryLimits): WasmModule {
  const imports = module.imports.map((entry) => (entry.kind === 'memory' ? { ...entry, limits } : entry));
  return { ...module, imports };
}

/**
 * Where a module says whether the memory that it imports is shared: the one byte that differs (WebAssembly threads proposal, "Limits":
 * 1 with a maximum, 3 if shared as well). All its instructions are valid for both.
 */
export function sharedFlagAt(module: WasmModule, bytes: Uint8Array): number {
  const [memory] = module.imports.flatMap((entry) => (entry.kind === 'memory' ? [entry.limits] : []));
  invariant(memory !== undefined, 'the module imports no memory');
  const shared = encodeModule(withImported(module, { ...memory, shared: true }), { names: false });
  const at = bytes.findIndex((byte, i) => byte !== shared[i]);
  const isOnly = bytes.length === shared.length && bytes.every((byte, i) => i === at || byte === shared[i]);
  invariant(isOnly && bytes[at] === 1 && shared[at] === 3, 'a shared memory changes more than a flag');
  return at;
}

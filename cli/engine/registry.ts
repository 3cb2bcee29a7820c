import { hostEngine, qemuM4Engine } from './c.ts';
import type { Engine, TargetName } from './engine.ts';
import { referenceEngine } from './reference.ts';
import { wasmEngine } from './wasm.ts';

/** How each target runs. */
export const engines: { readonly [T in TargetName]: Engine } = {
  reference: referenceEngine,
  wasm: wasmEngine,
  c: hostEngine,
  'qemu:mps2-an386': qemuM4Engine,
};

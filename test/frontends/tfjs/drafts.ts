/** A node of a graph that a test makes. */
export interface NodeDraft {
  readonly op: string;
  readonly name: string;
  readonly inputs?: readonly string[];
  readonly attributes?: { readonly [name: string]: unknown };
}

export interface WeightDraft {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: 'float32' | 'int32';
  readonly values: readonly number[];
}

/** `padding: SAME`, as it stands in the file. */
export const text = (value: string) => ({ s: btoa(value) });
export const texts = (...values: readonly string[]) => ({ list: { s: values.map((value) => btoa(value)) } });
export const ints = (...values: readonly number[]) => ({ list: { i: values.map(String) } });

export function placeholder(name: string, ...sizes: readonly number[]): NodeDraft {
  const dim = sizes.map((size) => ({ size: String(size) }));
  return { op: 'Placeholder', name, attributes: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } } };
}

/** model.json and the bytes of its one weights file, `group1-shard1of1.bin`. */
export function graphModel(nodes: readonly NodeDraft[], weights: readonly WeightDraft[], outputs?: readonly string[]) {
  const constants = weights.map(({ name }) => ({ name, op: 'Const', attr: {} }));
  const node = nodes.map(({ op, name, inputs, attributes }) => ({
    op,
    name,
    input: inputs ?? [],
    attr: attributes ?? {},
  }));
  const specs = weights.map(({ name, shape, dtype }) => ({ name, shape, dtype: dtype ?? 'float32' }));
  const model = {
    format: 'graph-model',
    generatedBy: '2.9.0',
    modelTopology: { node: [...constants, ...node], versions: { producer: 1 } },
    ...(outputs === undefined
      ? {}
      : { signature: { outputs: Object.fromEntries(outputs.map((name) => [name, { name: `${name}:0` }])) } }),
    weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights: specs }],
  };
  const parts = weights.map(
    ({ values, dtype }) => new Uint8Array((dtype === 'int32' ? Int32Array : Float32Array).from(values).buffer),
  );
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { json: new TextEncoder().encode(JSON.stringify(model)), bytes };
}

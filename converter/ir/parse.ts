import type { Op } from '../ops/op.ts';
import { allocate, type DType, dtypeBytes, fromBytes, isBigData, type TensorData, toBytes } from '../tensor/dtype.ts';
import { groupSizes } from '../tensor/int4.ts';
import { notQuantized, perTensor, type Quantization } from '../tensor/quantization.ts';
import { storeElement, type TensorType, tensorType } from '../tensor/tensor.ts';
import type { WeightStorage } from '../tensor/weight-storage.ts';
import { type Graph, type Node, nodeId, type Port, type State, type Value, type ValueId, valueId } from './graph.ts';

const header = /^graph ("(?:[^"\\]|\\.)*") producer=("(?:[^"\\]|\\.)*") rounding=(exact|single|float)$/;
const declaration = /^%(\d+) ("(?:[^"\\]|\\.)*"): (\S+) (\S+)((?: (?:scale|zero|axis|scales|zeros)=\S+)*)$/;
const stateLine = /^state ("(?:[^"\\]|\\.)*") %(\d+) -> %(\d+) = (zeros|\[.*\])$/;
const application = /^(.*) = ([a-z0-9-]+)\(([^)]*)\) (\{.*\}) from ("(?:[^"\\]|\\.)*")$/s;
/** Between two results of a node; inside of a quoted name a quotation mark has a backslash. */
const nextResult = /, (?=%\d+ ")/;

/** Reads what `printGraph` wrote. For tests and examples; throws SyntaxError with the line where the text is wrong. */
export function parseGraph(text: string): Graph {
  const lines = text.split('\n').map((line) => line.trim());
  const values = new Map<ValueId, Value>();
  const inputs: Port[] = [];
  const outputs: Port[] = [];
  const states: State[] = [];
  const nodes: Node[] = [];
  const storage = new Map<ValueId, WeightStorage>();
  let head: RegExpExecArray | null = null;
  lines.forEach((line, index) => {
    const fail = (why: string): never => {
      throw new SyntaxError(`line ${index + 1}: ${why}: ${line}`);
    };
    const declare = (source: string, data: TensorData | null): Value => {
      const value = parseDeclaration(source, data) ?? fail('not a declaration');
      values.set(value.id, value);
      return value;
    };
    if (line === '' || line.startsWith('#')) return;
    if (line.startsWith('graph ')) {
      head = header.exec(line) ?? fail('not a graph header');
    } else if (line.startsWith('input ')) {
      const value = declare(line.slice('input '.length), null);
      inputs.push({ name: value.name, value: value.id });
    } else if (line.startsWith('held ')) {
      declare(line.slice('held '.length), null);
    } else if (line.startsWith('state ')) {
      const [, name = '""', value, next, data = ''] = stateLine.exec(line) ?? fail('not a state');
      const held = values.get(valueId(Number(value))) ?? fail('the state holds no declared value');
      const initial = data === 'zeros' ? null : parseData(held.type.dtype, data.slice(1, -1));
      states.push({ name: JSON.parse(name), value: held.id, next: valueId(Number(next)), initial });
    } else if (line.startsWith('const ')) {
      const split = line.lastIndexOf(' = [');
      if (split < 0) fail('a constant needs its elements in full');
      const value = declare(line.slice('const '.length, split), null);
      values.set(value.id, { ...value, data: parseData(value.type.dtype, line.slice(split + 4, -1)) });
    } else if (line.startsWith('stored ')) {
      const [id, one] = parseStorage(line) ?? fail('not a storage');
      storage.set(id, one);
    } else if (line.startsWith('output ')) {
      const match = /^output ("(?:[^"\\]|\\.)*") %(\d+)$/.exec(line) ?? fail('not an output');
      outputs.push({ name: JSON.parse(match[1] ?? '""'), value: valueId(Number(match[2])) });
    } else {
      const match = application.exec(line) ?? fail('not a node');
      const [, left = '', type = '', args = '', attributes = '', name = ''] = match;
      const results = left.split(nextResult).map((source) => declare(source, null).id);
      const op = { type, attributes: JSON.parse(attributes, revive) } as Op;
      const operands = args === '' ? [] : args.split(', ').map((arg) => valueId(Number(arg.slice(1))));
      nodes.push({ id: nodeId(nodes.length), name: JSON.parse(name), op, inputs: operands, outputs: results });
    }
  });
  if (head === null) throw new SyntaxError('no graph header');
  const [, name = '""', producer = '""', rounding] = head as RegExpExecArray;
  return {
    name: JSON.parse(name),
    producer: JSON.parse(producer),
    rounding: rounding === 'single' || rounding === 'float' ? rounding : 'exact',
    inputs,
    outputs,
    states,
    values,
    nodes,
    storage,
  };
}

function parseStorage(line: string): readonly [ValueId, WeightStorage] | null {
  const [, id, kind, rest = ''] = /^stored %(\d+) (float16|int8|int4)(.*)$/.exec(line) ?? [];
  const storage = kind === undefined ? null : storageOf(kind, rest);
  return storage === null ? null : [valueId(Number(id)), storage];
}

function storageOf(kind: string, rest: string): WeightStorage | null {
  if (kind === 'float16') return rest === '' ? { kind } : null;
  if (kind === 'int8') {
    const [, axis, scales = ''] = /^ axis=(\d+) scales=\[(.*)\]$/.exec(rest) ?? [];
    return axis === undefined
      ? null
      : { kind, axis: Number(axis), scales: Float32Array.from(scales.split(','), Number) };
  }
  if (rest === '') return { kind: 'int4', group: null, multipliers: new Uint8Array() };
  const [, size, multipliers = ''] = /^ group=(\d+) multipliers=\[(.*)\]$/.exec(rest) ?? [];
  const group = groupSizes.find((one) => String(one) === size);
  return group === undefined
    ? null
    : { kind: 'int4', group, multipliers: Uint8Array.from(multipliers.split(','), Number) };
}

function revive(_: string, value: unknown): unknown {
  if (value === 'inf') return Number.POSITIVE_INFINITY;
  if (value === '-inf') return Number.NEGATIVE_INFINITY;
  if (value === 'nan') return Number.NaN;
  if (value === '-0') return -0;
  return value;
}

function parseDeclaration(source: string, data: TensorData | null): Value | null {
  const match = declaration.exec(source);
  if (match === null) return null;
  const [, id = '', name = '', dtype = '', shape = '', parameters = ''] = match;
  if (!(dtype in dtypeBytes)) return null;
  const type = parseType(dtype as DType, shape, parameters);
  return { id: valueId(Number(id)), name: JSON.parse(name), type, data };
}

function parseType(dtype: DType, shape: string, parameters: string): TensorType {
  const fields = new Map(
    parameters
      .split(' ')
      .filter((part) => part !== '')
      .map((part) => part.split('=') as [string, string]),
  );
  const sizes = shape === 'scalar' ? [] : shape.split('x').map(Number);
  return tensorType(dtype, sizes, parseQuantization(fields));
}

function parseQuantization(fields: ReadonlyMap<string, string>): Quantization {
  const list = (text: string | undefined) => (JSON.parse(text ?? '[]') as number[]).map(Number);
  if (fields.has('scales')) {
    return {
      kind: 'per-channel',
      axis: Number(fields.get('axis')),
      scales: list(fields.get('scales')),
      zeroPoints: list(fields.get('zeros')),
    };
  }
  if (fields.has('scale')) return perTensor(Number(fields.get('scale')), Number(fields.get('zero')));
  return notQuantized;
}

function parseData(dtype: DType, text: string): TensorData {
  const items = text === '' ? [] : text.split(',');
  const data = allocate(dtype, items.length);
  items.forEach((item, i) => {
    storeElement(data, i, isBigData(data) ? BigInt(item) : Number(item));
  });
  return fromBytes(dtype, toBytes(data));
}

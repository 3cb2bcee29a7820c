import type { Report, ReportBuffer, ReportLayer, ReportTensor } from '../../../../cli/report/schema.ts';

/** Reports made by hand for the tests of the page. */

const sha = (digit: string) => digit.repeat(64);

/** A layer to be: what it does to a picture. */
interface Wanted {
  readonly operator: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly macs: number;
  readonly parameterBytes: number;
  readonly inputs: readonly number[];
  readonly fused: readonly string[];
  readonly pruned: { readonly before: number; readonly after: number } | null;
}

/** Layers one after another with the tensors that they make; tensor 0 is the input. */
class Network {
  readonly tensors: ReportTensor[] = [];
  readonly layers: ReportLayer[] = [];

  constructor(shape: readonly number[]) {
    this.addTensor('input', shape);
  }

  addTensor(name: string, shape: readonly number[]): number {
    const bytes = shape.reduce((product, size) => product * size, 1);
    return this.tensors.push({ name, dtype: 'int8', shape: [...shape], bytes }) - 1;
  }

  /** The index of the tensor that the layer makes. */
  add({ operator, name, shape, macs, parameterBytes, inputs, fused, pruned }: Wanted): number {
    const index = this.layers.length;
    const output = this.addTensor(`${name}/out`, shape);
    const quantization = { scheme: 'int8', granularity: parameterBytes > 0 ? ('channel' as const) : null };
    const numbers = { macs, parameterBytes, quantization, pruned };
    const wires = { fused: [...fused], inputs: [...inputs], outputs: [output] };
    this.layers.push({ index, name: `${operator.toUpperCase()} #${index} "${name}"`, operator, ...wires, ...numbers });
    return output;
  }
}

/** Each tensor alive from where it is made to where it is last read, at the lowest place that is free. */
function placedBuffers({ tensors, layers }: Network): ReportBuffer[] {
  const placed: ReportBuffer[] = [];
  const makers = new Map(layers.flatMap(({ index, outputs }) => outputs.map((tensor) => [tensor, index])));
  const readers = new Map(layers.flatMap(({ index, inputs }) => inputs.map((tensor) => [tensor, index])));
  const wanted = tensors.map(({ name, bytes }, tensor) => {
    const [first, last] = [makers.get(tensor) ?? -1, readers.get(tensor) ?? layers.length];
    return { name, kind: 'activation' as const, bytes, first, last };
  });
  for (const buffer of wanted.toSorted((a, b) => b.bytes - a.bytes)) {
    const beside = placed
      .filter(({ first, last }) => first <= buffer.last && buffer.first <= last)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of beside) {
      if (other.offset >= offset + buffer.bytes) break;
      offset = Math.max(offset, other.offset + other.bytes);
    }
    placed.push({ ...buffer, offset });
  }
  return placed;
}

/** The report of a network, with figures that follow from its shapes. */
function reportOf(name: string, network: Network, output: number): Report {
  const { layers, tensors } = network;
  const buffers = placedBuffers(network);
  const arenaBytes = buffers.reduce((most, { offset, bytes }) => Math.max(most, offset + bytes), 0);
  const alive = (step: number) => buffers.filter(({ first, last }) => first <= step && step <= last);
  const steps = layers.map(({ index }) => ({
    layer: index,
    liveBytes: alive(index).reduce((sum, { bytes }) => sum + bytes, 0),
  }));
  const lowerBoundBytes = steps.reduce((most, { liveBytes }) => Math.max(most, liveBytes), 0);
  const top = (step: number) => alive(step).reduce((most, { offset, bytes }) => Math.max(most, offset + bytes), 0);
  const peakStep = steps.findIndex((_, step) => top(step) === arenaBytes);
  const culprits = alive(peakStep).toSorted((a, b) => b.bytes - a.bytes);
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  const parameterBytes = layers.reduce((sum, layer) => sum + layer.parameterBytes, 0);
  const target = (title: string, how: string, usPerMac: number, fits: boolean) => {
    const timed = layers.map((layer) => ({
      index: layer.index,
      us: Number((layer.macs * usPerMac + (tensors[layer.outputs[0] ?? 0]?.bytes ?? 0) * usPerMac * 3).toFixed(3)),
      bound: layer.operator === 'conv-2d' ? 'compute' : layer.operator === 'add' ? 'ram' : 'flash',
    }));
    const us = timed.reduce((sum, layer) => sum + layer.us, 0);
    const rangeUs = { low: us * 0.8, high: us * 1.3, certainty: 0.9 };
    const told = { origin: 'estimated' as const, source: 'instructions counted, cycles fitted', fits };
    return { target: title.toLowerCase(), title, how, us, rangeUs, ...told, layers: timed };
  };
  const file = { path: `${name}.tflite`, bytes: parameterBytes + 40_000, sha256: sha('a') };
  const port = { dtype: 'int8', scale: 0.0078125, zeroPoint: -1 };
  return {
    schemaVersion: 1,
    kind: 'thimble-report',
    model: {
      ...{ name, file: `${name}.tflite`, producer: 'TOCO Converted.', sha256: sha('a'), macs, parameterBytes },
      inputs: [{ ...port, name: 'input', shape: tensors[0]?.shape ?? [] }],
      outputs: [{ ...port, name: 'output', shape: tensors[output]?.shape ?? [] }],
      labels: ['background', 'tench', 'goldfish'],
    },
    provenance: {
      thimble: '0.1.0',
      commands: [`thimble report ${name}.tflite --target stm32f4 --out report.html`],
      options: { '--target': 'stm32f4', '--prune': 'macs=0.5' },
      inputs: [file],
      outputs: [{ path: 'model.wasm', bytes: 3_800_000, sha256: sha('b') }],
    },
    graph: { layers, tensors, inputs: [0], outputs: [output] },
    memory: {
      ...{ for: 'c', arenaBytes, lowerBoundBytes, stateBytes: 0, stackBytes: 1216, sramBytes: arenaBytes + 1216 },
      ...{ buffers, steps },
      peak: {
        step: peakStep,
        culprits: culprits.map((buffer) => buffers.indexOf(buffer)),
        remedies: ['Do the first layers row by row: --stream.'],
      },
    },
    latency: [
      target('STM32F446RE', 'cortex-m4', 0.011, false),
      target('STM32H743', 'cortex-m7', 0.0021, true),
      target('Pixel 6', 'dot, 1 thread', 0.00009, true),
    ],
    accuracy: {
      samples: 200,
      right: { before: 143, now: 141, of: 200 },
      agreeing: { same: 194, of: 200 },
      layers: layers.map(({ index }) => {
        const snrDb = index % 9 === 4 ? null : Number((18 + ((index * 37) % 23)).toFixed(1));
        return { index, snrDb, error: snrDb === null ? 0 : 10 ** (-snrDb / 10) };
      }),
    },
    sizes: {
      modelFileBytes: file.bytes,
      parameterBytes,
      parts: [
        { name: 'weights', bytes: parameterBytes, gzipBytes: Math.round(parameterBytes * 0.83), origin: 'computed' },
        { name: 'code, dot', bytes: 41_200, gzipBytes: 14_310, origin: 'computed' },
        { name: 'loader', bytes: 11_020, gzipBytes: 4_020, origin: 'computed' },
        { name: 'tables', bytes: 2_048, gzipBytes: 1_100, origin: 'computed' },
      ],
    },
    stages: [
      ...[
        stage('original', 2, 'the file'),
        stage('pruned', 1.3, '--prune macs=0.5'),
        stage('quantized', 1, 'samples/'),
      ],
    ],
    notes: ['Times are estimates: nothing was measured on a device.', 'It does not fit STM32F446RE: 128 KiB of SRAM.'],
  };

  function stage(kind: Report['stages'][number]['name'], times: number, by: string): Report['stages'][number] {
    const share = kind === 'quantized' ? 1 : 4;
    return {
      ...{ name: kind, macs: Math.round(macs * times), parameterBytes: Math.round(parameterBytes * times * share) },
      ...{ arenaBytes: arenaBytes * share, latencyUs: macs * 0.011 * times * share },
      ...{ accuracy: 0.715 - 0.01 * (2 - times), by },
    };
  }
}

/** A report like that of MobileNet v2, or of its first groups of blocks: 64 layers with shortcuts, fused activations, pruned channels. */
export function mobileNetReport(groups = 7): Report {
  const network = new Network([1, 224, 224, 3]);
  let [at, size, channels] = [0, 224, 3];
  const conv = (name: string, next: number, kernel: number, stride: number, isActive: boolean) => {
    size = Math.ceil(size / stride);
    const weights = kernel * kernel * channels * next;
    const fused = isActive ? [`RELU6 "${name}/Relu6"`] : [];
    const pruned = next % 144 === 0 ? { before: Math.round(next * 1.25), after: next } : null;
    const numbers = { macs: size * size * weights, parameterBytes: weights + 4 * next, fused, pruned };
    at = network.add({ operator: 'conv-2d', name, shape: [1, size, size, next], inputs: [at], ...numbers });
    channels = next;
  };
  const depthwise = (name: string, stride: number) => {
    size = Math.ceil(size / stride);
    const numbers = { macs: 9 * size * size * channels, parameterBytes: 13 * channels, pruned: null };
    const fused = [`RELU6 "${name}/Relu6"`];
    const shape = [1, size, size, channels];
    at = network.add({ operator: 'depthwise-conv-2d', name, shape, inputs: [at], fused, ...numbers });
  };
  conv('MobilenetV2/Conv', 32, 3, 2, true);
  let block = 0;
  const plan = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const;
  for (const [expansion, next, repeats, stride] of plan.slice(0, groups)) {
    for (let i = 0; i < repeats; i++) {
      const path = `MobilenetV2/expanded_conv_${block++}`;
      const [from, before] = [at, channels];
      if (expansion > 1) conv(`${path}/expand`, channels * expansion, 1, 1, true);
      depthwise(`${path}/depthwise`, i === 0 ? stride : 1);
      conv(`${path}/project`, next, 1, 1, false);
      if (i === 0 || before !== next) continue;
      const shape = [1, size, size, next];
      const none = { macs: 0, parameterBytes: 0, fused: [], pruned: null };
      at = network.add({ operator: 'add', name: `${path}/add`, shape, inputs: [from, at], ...none });
    }
  }
  conv('MobilenetV2/Conv_1', 1280, 1, 1, true);
  const pool = { macs: 0, parameterBytes: 0, fused: [], pruned: null };
  const pooled = [1, 1, 1, 1280];
  at = network.add({ operator: 'pool-2d', name: 'MobilenetV2/Logits/AvgPool', shape: pooled, inputs: [at], ...pool });
  size = 1;
  conv('MobilenetV2/Logits/Conv2d_1c_1x1', 1001, 1, 1, false);
  return reportOf('mobilenet_like', network, at);
}

/** A chain of so many layers, every seventh of which also reads one before. */
export function longReport(count: number): Report {
  const network = new Network([1, 8, 8, 16]);
  const made = [0];
  for (let i = 0; i < count; i++) {
    const inputs = i % 7 === 6 ? [made[i - 2] ?? 0, made[i] ?? 0] : [made[i] ?? 0];
    const numbers = { macs: 1000 + ((i * 7919) % 5000), parameterBytes: 256, fused: [], pruned: null };
    made.push(network.add({ operator: 'conv-2d', name: `block${i}/conv`, shape: [1, 8, 8, 16], inputs, ...numbers }));
  }
  return reportOf('long', network, made.at(-1) ?? 0);
}

/** Names that would like to be markup, to steer, or to fill the screen. */
export const hostileNames = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onfocus='alert(1)",
  'control \u0007 bell \u001b[31m \u202e turned',
  `long/${'very/'.repeat(400)}end`,
  '\ud800 lone',
  '`x` &amp; %s',
  '<!-- comment ]]>',
] as const;

/** A report whose every text is one of {@link hostileNames}. */
export function hostileReport(): Report {
  const base = longReport(hostileNames.length);
  const name = (i: number) => hostileNames[i % hostileNames.length] ?? '';
  const layers = base.graph.layers.map((layer, i) => ({
    ...layer,
    ...{ name: name(i), operator: name(i + 1), fused: [name(i + 2), name(i + 3)] },
    quantization: { scheme: name(i + 4), granularity: 'group' as const },
  }));
  const tensors = base.graph.tensors.map((tensor, i) => ({ ...tensor, name: name(i), dtype: name(i + 1) }));
  const file = { path: name(1), bytes: 1, sha256: sha('c') };
  return {
    ...base,
    model: {
      ...base.model,
      ...{ name: name(0), file: name(1), producer: name(2), labels: [...hostileNames] },
      inputs: base.model.inputs.map((port) => ({ ...port, name: name(3), dtype: name(4) })),
    },
    provenance: {
      ...{ thimble: name(0), commands: [...hostileNames], inputs: [file], outputs: [file] },
      options: Object.fromEntries(hostileNames.map((one) => [one, one])),
    },
    graph: { ...base.graph, layers, tensors },
    memory: {
      ...base.memory,
      buffers: base.memory.buffers.map((buffer, i) => ({ ...buffer, name: name(i) })),
      peak: { ...base.memory.peak, remedies: [...hostileNames] },
    },
    latency: base.latency.map((one, i) => ({
      ...one,
      ...{ target: name(i), title: name(i), how: name(i + 1), source: name(i + 2) },
      layers: one.layers.map((layer) => ({ ...layer, bound: name(layer.index) })),
    })),
    sizes: { ...base.sizes, parts: base.sizes.parts.map((part, i) => ({ ...part, name: name(i) })) },
    stages: base.stages.map((one, i) => ({ ...one, by: name(i) })),
    notes: [...hostileNames],
  };
}

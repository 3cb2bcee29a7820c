import { z } from 'zod';

/** The JSON values that the commands print. Strict: a field that is not here is a change of the schema. */

const dtype = z.enum(['float32', 'float16', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool']);
const count = z.int().nonnegative();
const version = z.literal(1);

export const problems = z.strictObject({
  schemaVersion: version,
  problems: z
    .array(z.strictObject({ code: z.string(), where: z.string(), what: z.string(), advice: z.string() }))
    .nonempty(),
});

const port = z.strictObject({
  name: z.string(),
  dtype,
  shape: z.array(count),
  scale: z.number().nullable(),
  zeroPoint: z.int().nullable(),
});

const plan = { arenaBytes: count, lowerBoundBytes: count };

const notes = z.array(z.strictObject({ code: z.string(), where: z.string(), what: z.string() }));

/** How files become inputs. */
const preprocessing = z.array(
  z.strictObject({ input: z.string(), sentence: z.string(), declared: z.record(z.string(), z.unknown()) }),
);

export const inspect = z.strictObject({
  schemaVersion: version,
  command: z.literal('inspect'),
  model: z.strictObject({
    file: z.string(),
    bytes: count,
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    name: z.string(),
    producer: z.string(),
  }),
  inputs: z.array(port),
  outputs: z.array(port),
  preprocessing,
  operators: z.array(
    z.strictObject({
      index: count,
      name: z.string(),
      operator: z.string(),
      shape: z.array(count),
      dtype,
      macs: count,
      parameterBytes: count,
      activationBytes: count,
    }),
  ),
  totals: z.strictObject({ macs: count, parameterBytes: count, activationBytes: count }),
  plan: z.strictObject({ to: z.enum(['wasm', 'c']), ...plan, stateBytes: count }),
  transposes: z.strictObject({ count, elements: count }),
  passes: z.record(z.string(), count),
  notes,
});

const memory = z.strictObject({
  arenaBytes: count,
  stateBytes: count,
  staticBytes: count,
  stackBoundBytes: count,
  stackLayer: z.string(),
  sramBytes: count,
  constantBytes: count,
});

const bytes = count;

export const fit = z.strictObject({
  target: z.string(),
  fits: z.boolean(),
  footprint: z.strictObject({
    arenaBytes: bytes,
    staticBytes: bytes,
    stackBytes: bytes,
    stackKind: z.enum(['bound', 'margin']),
    constantBytes: bytes,
    codeBytes: bytes,
  }),
  memories: z.array(
    z.strictObject({
      memory: z.enum(['SRAM', 'SRAM in one piece', 'flash']),
      needBytes: bytes,
      haveBytes: bytes,
      missingBytes: bytes,
    }),
  ),
});

export const doesNotFit = problems.extend({
  fit: fit.nullable(),
  remedies: z.array(
    z.strictObject({
      what: z.string(),
      options: z.string(),
      sramBytes: bytes,
      flashBytes: bytes,
      macs: count,
      slowdown: z.number().min(1).nullable(),
      fits: z.boolean(),
      isEstimate: z.boolean(),
    }),
  ),
});

const planning = z.strictObject({
  optimize: z.enum(['latency', 'balanced', 'sram']),
  kernels: z.enum(['size', 'balanced', 'latency']),
  arenaLimitBytes: count.nullable(),
  feedRows: z.boolean(),
  streams: z.array(z.strictObject({ first: count, end: count })),
  slowdown: z.number().min(1),
});

const finding = { code: z.string(), where: z.string(), what: z.string(), advice: z.string() };

export const convert = z.strictObject({
  schemaVersion: version,
  command: z.literal('convert'),
  model: z.strictObject({ file: z.string(), sha256: z.string() }),
  to: z.enum(['wasm', 'c']),
  cpu: z.string().nullable().optional(),
  folder: z.string(),
  written: z.boolean(),
  files: z.array(z.strictObject({ path: z.string(), bytes: count })).nonempty(),
  sizes: z.array(z.strictObject({ name: z.string(), bytes: count })),
  macs: count,
  findings: z.array(z.strictObject({ ...finding, samples: z.array(z.string()) })).optional(),
  planning,
  plan: z.strictObject(plan),
  memory: memory.nullable(),
  kernels: z
    .array(
      z.strictObject({
        layer: count,
        form: z.enum(['bytes', 'words', 'small']),
        pixels: z.int().min(1).max(4).nullable(),
        by: z.enum(['model', 'goal', 'tuned', 'usual']),
        instructions: count.nullable(),
        usualInstructions: count.nullable(),
        tableBytes: count,
        usualTableBytes: count,
      }),
    )
    .nullable(),
  weights: z
    .strictObject({
      kind: z.enum(['float16', 'int8']),
      floatBytes: count,
      largestChange: z.number().nonnegative(),
      samples: count,
    })
    .nullable(),
  fit: fit.nullable(),
  estimate: z.looseObject({ target: z.string(), us: z.number(), cycles: count }).optional(),
  notes,
});

export const planModel = z.strictObject({
  schemaVersion: version,
  command: z.literal('plan'),
  model: z.strictObject({ file: z.string(), sha256: z.string() }),
  to: z.enum(['wasm', 'c']),
  planning,
  plan: z.strictObject({ ...plan, stateBytes: count, arenaAlignment: count }),
  peak: z.strictObject({
    step: z.int(),
    name: z.string(),
    topBytes: count,
    usedBytes: count,
    steps: z.array(z.int()).nonempty(),
    culprits: z.array(z.strictObject({ buffer: count, name: z.string(), bytes: count })),
  }),
  steps: z.array(z.strictObject({ index: count, name: z.string(), topBytes: count, usedBytes: count })),
  streams: z.array(z.strictObject({ first: count, end: count })),
  placements: z.array(
    z.strictObject({
      buffer: count,
      name: z.string(),
      kind: z.enum(['activation', 'scratch', 'state']),
      bytes: count,
      alignment: count,
      offset: count,
      start: z.int(),
      end: z.int(),
      tensors: z.array(z.strictObject({ name: z.string(), step: z.int() })),
    }),
  ),
  fit: fit.nullable(),
  svg: z.string().nullable(),
  notes,
});

export const planCsv = z.strictObject({
  schemaVersion: version,
  command: z.literal('plan'),
  csv: z.string(),
  capacity: count.nullable(),
  height: count,
  lowerBound: count,
  optimal: z.boolean(),
  fits: z.boolean().nullable(),
  verdict: z.enum(['least', 'fits', 'open', 'too-small']),
  nodes: count,
  nodeBudget: count,
  written: z.string().nullable(),
  buffers: z.array(
    z.strictObject({ name: z.string(), start: z.int(), end: z.int(), size: count, alignment: count, offset: count }),
  ),
});

const device = z
  .strictObject({
    machine: z.string(),
    instructions: count,
    counter: z.enum(['plugin', 'icount']),
    cycles: count.nullable(),
    layers: z.array(z.strictObject({ layer: count, name: z.string(), instructions: count })),
    stackBytes: count,
    codeStackBytes: count.nullable(),
    predicted: memory,
    arenaBytes: count,
    staticBytes: count,
    sramBytes: count,
    codeFlashBytes: count,
    weightFlashBytes: count,
  })
  .nullable();

export const run = z.strictObject({
  schemaVersion: version,
  command: z.literal('run'),
  model: z.string(),
  target: z.string(),
  seed: z.number().nullable(),
  preprocessing,
  outputs: z.array(
    z.strictObject({
      ...port.shape,
      top: z.array(
        z.strictObject({ index: count, value: z.number(), stored: z.number(), label: z.string().nullable() }),
      ),
      values: z.array(z.number()).nullable(),
    }),
  ),
  saved: z.string().nullable(),
  device,
});

export const runDataset = z.strictObject({
  schemaVersion: version,
  command: z.literal('run'),
  model: z.string(),
  target: z.string(),
  preprocessing,
  dataset: z.strictObject({ total: count, top1: count, top5: count.nullable() }),
  device,
});

export const benchSearch = z.strictObject({
  schemaVersion: version,
  command: z.literal('bench'),
  model: z.string(),
  target: z.string(),
  cpu: z.string(),
  search: z.strictObject({
    runs: count,
    file: z.string(),
    layers: z.array(
      z.strictObject({
        layer: count,
        form: z.enum(['bytes', 'words', 'small']),
        pixels: z.int().min(1).max(4).nullable(),
        instructions: count,
        usualInstructions: count,
      }),
    ),
  }),
});

export const bench = z.strictObject({
  schemaVersion: version,
  command: z.literal('bench'),
  model: z.string(),
  target: z.string(),
  cpu: z.string(),
  seed: z.number(),
  macs: count,
  layers: z.array(
    z.strictObject({ layer: count, name: z.string(), operator: z.string(), macs: count, instructions: count }),
  ),
  device: device.unwrap(),
});

const difference = { index: count, expected: z.number(), actual: z.number(), count };

export const verify = z.strictObject({
  schemaVersion: version,
  command: z.literal('verify'),
  model: z.string(),
  floatTolerance: z.number(),
  ok: z.boolean(),
  checks: z.array(
    z.strictObject({
      target: z.string(),
      passes: z.boolean(),
      against: z.enum(['reference', 'golden']),
      status: z.enum(['equal', 'differs', 'skipped', 'refused']),
      samples: count,
      largestRelativeError: z.number(),
      withinOneUnit: z.strictObject({ count, of: count }).nullable(),
      wrongOutput: z.strictObject({ ...difference, sample: z.string(), output: z.string() }).nullable(),
      wrongTensor: z
        .strictObject({
          found: z.strictObject({ ...difference, tensor: z.string(), operator: z.string() }).nullable(),
          traceKind: z.enum(['step by step', 'kept apart']),
        })
        .nullable(),
      reason: z.string().nullable(),
      problems: problems.shape.problems.or(z.array(z.never())),
    }),
  ),
});

export const doctor = z.strictObject({
  schemaVersion: version,
  command: z.literal('doctor'),
  version: z.string(),
  tools: z
    .array(z.object({ found: z.boolean(), name: z.string(), enables: z.string(), debianPackage: z.string() }).loose())
    .nonempty(),
});

export const target = z.strictObject({
  name: z.string(),
  kind: z.enum(['mcu', 'phone', 'sbc']),
  title: z.string(),
  cores: z
    .array(
      z.strictObject({
        name: z.string(),
        count,
        isa: z.string(),
        clockHz: z.number().positive(),
        fpu: z.enum(['none', 'single', 'double']),
        extensions: z.array(z.string()),
      }),
    )
    .nonempty(),
  banks: z.array(
    z.strictObject({
      name: z.string(),
      bytes,
      region: z.string(),
      use: z.enum(['data', 'code', 'heap', 'other-core']),
      accessCycles: z.number(),
      dma: z.boolean(),
      section: z.string().nullable(),
    }),
  ),
  flash: z
    .strictObject({
      kind: z.enum(['internal', 'external', 'loaded']),
      bytes,
      waitStates: count.nullable(),
      cacheBytes: bytes.nullable(),
      lineBytes: bytes.optional(),
      readNsPerByte: z.number().optional(),
    })
    .nullable(),
});

const targetsHead = { schemaVersion: version, command: z.literal('targets') };

export const targets = z.strictObject({ ...targetsHead, targets: z.array(target) });

export const targetsOne = z.strictObject({ ...targetsHead, target: z.object({ name: z.string() }).loose() });

export const targetsFits = z.strictObject({ ...targetsHead, model: z.string(), fits: z.array(fit), notes });

const layerEstimate = z.strictObject({
  ...{ index: count, name: z.string(), operator: z.string(), macs: count, weightBytes: count, activationBytes: count },
  ...{ instructions: count, cycles: count, cyclesPerMac: z.number().nullable() },
  bound: z.enum(['compute', 'flash', 'ram', 'memory', 'call']),
  terms: z.strictObject({ compute: count, flash: count, ram: count }).nullable(),
});

const estimated = z.strictObject({
  form: z.strictObject({ kind: z.enum(['c', 'wasm']), variant: z.string().optional() }),
  us: z.number().positive(),
  rangeUs: z.strictObject({ low: z.number(), high: z.number(), certainty: z.number() }),
  ...{ cycles: count, instructions: count, betweenCycles: count },
  error: z.strictObject({ relative: z.number(), source: z.string(), n: count }),
  layers: z.array(layerEstimate),
});

const estimateHead = {
  schemaVersion: z.literal(1),
  command: z.literal('estimate'),
  model: z.strictObject({ file: z.string(), sha256: z.string(), macs: count }),
  quantize: z.enum(['int8']).nullable(),
  notes,
};

export const estimate = z.strictObject({
  ...estimateHead,
  targets: z.array(
    z.strictObject({
      ...{ target: z.string(), title: z.string(), core: z.string(), clockHz: z.number() },
      estimate: estimated.nullable(),
      unknown: z.string().optional(),
      weakestSource: z.strictObject({ source: z.string(), of: z.string(), ref: z.string().nullable() }).nullable(),
      energy: z
        .strictObject({ microjoules: z.number(), supply: z.string(), source: z.string(), ref: z.string() })
        .nullable(),
      deadline: z.strictObject({ us: z.number(), chance: z.number().nullable() }).optional(),
      fit: fit.nullable(),
    }),
  ),
});

export const estimateFleet = z.strictObject({
  ...estimateHead,
  fleet: z.strictObject({
    knownShare: z.number(),
    quantilesUs: z.strictObject({ p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number() }).nullable(),
    deadline: z.strictObject({ us: z.number(), within: z.number(), missed: z.number() }).optional(),
    devices: z.array(
      z.strictObject({
        ...{ target: z.string(), set: z.string().nullable(), share: z.number(), us: z.number().nullable() },
        fits: z.boolean().nullable(),
        missed: z.number().optional(),
      }),
    ),
  }),
});

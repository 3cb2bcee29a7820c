import { z } from 'zod';

/**
 * What a report says, as JSON: `thimble report` writes it into its page, `thimble compare` reads it from there. Bytes are bytes, times
 * microseconds; layers are named as in the model file. What is not known is null, never absent.
 */

const count = z.int().nonnegative();
const text = z.string();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');

/** `computed` follows from the model alone; `measured` ran; `estimated` comes from a model with an error; `assumed` from a guess. */
export const origins = ['computed', 'measured', 'estimated', 'assumed'] as const;

const port = z.strictObject({
  name: text,
  dtype: text,
  shape: z.array(count),
  /** Per tensor; null where it is a real number. */
  scale: z.number().nullable(),
  zeroPoint: z.int().nullable(),
});

const fileEntry = z.strictObject({ path: text, bytes: count, sha256 });

/** Where everything comes from: enough to make it again. */
const provenance = z.strictObject({
  thimble: text,
  /** The command that wrote this report, and the one that wrote the package, if it is of one. */
  commands: z.array(text),
  /** Option names and values that are not their defaults. */
  options: z.record(text, text),
  /** Models, packages and sample sets that were read. */
  inputs: z.array(fileEntry),
  /** Files of the package. */
  outputs: z.array(fileEntry),
});

const channels = z.strictObject({ before: count, after: count });

/** How the numbers of a layer are kept. */
const quantization = z.strictObject({
  /** `int8`, `int16x8`, `int4`, `float32`, `hybrid` ... */
  scheme: text,
  /** Per tensor or per channel, of the weights; null without weights. */
  granularity: z.enum(['tensor', 'channel', 'group']).nullable(),
});

/** A step of execution. What costs nothing, such as a reshape, is none: it is `fused` with the layer before it. */
const layer = z.strictObject({
  /** Position in the order of execution, from 0; the same as in `memory.steps`. */
  index: count,
  name: text,
  /** Canonical operator: conv-2d. */
  operator: text,
  /** Operators of the file that became part of this one, by their names. */
  fused: z.array(text),
  /** Indices into `tensors`; constants are not among them. */
  inputs: z.array(count),
  outputs: z.array(count),
  macs: count,
  parameterBytes: count,
  quantization,
  /** Output channels where filters left; null where nothing was pruned. */
  pruned: channels.nullable(),
});

/** Activations, and inputs and outputs of the model. */
const tensor = z.strictObject({ name: text, dtype: text, shape: z.array(count), bytes: count });

const graph = z.strictObject({
  layers: z.array(layer),
  tensors: z.array(tensor),
  inputs: z.array(count),
  outputs: z.array(count),
});

/**
 * A piece of the arena, alive from the beginning of step `first` to the end of step `last`; -1 is before the first, and as many as there are
 * steps is after the last.
 */
const buffer = z.strictObject({
  name: text,
  kind: z.enum(['activation', 'scratch', 'state', 'stream', 'other']),
  offset: count,
  bytes: count,
  first: z.int().min(-1),
  last: z.int().min(-1),
});

const memory = z.strictObject({
  /** The output that memory is planned for. */
  for: z.enum(['c', 'wasm']),
  arenaBytes: count,
  lowerBoundBytes: count,
  stateBytes: count,
  /** An upper bound; null where none is known. */
  stackBytes: count.nullable(),
  /** What a run takes in all; null where the stack is not known. */
  sramBytes: count.nullable(),
  buffers: z.array(buffer),
  /** Bytes alive by step of execution, and the layer that it belongs to. */
  steps: z.array(z.strictObject({ layer: count, liveBytes: count })),
  peak: z.strictObject({
    /** -1 is before the first step; as many as there are steps is after the last. */
    step: z.int().min(-1),
    /** Indices of the buffers alive then, the largest first. */
    culprits: z.array(count),
    /** What would make it less, in words. */
    remedies: z.array(text),
  }),
});

const range = z.strictObject({ low: z.number(), high: z.number(), certainty: z.number() });

const latency = z.strictObject({
  target: text,
  title: text,
  /** Where it runs: `cortex-m4`, `dot, 1 thread`. */
  how: text,
  us: z.number().nonnegative(),
  rangeUs: range,
  origin: z.enum(origins),
  /** What the error comes from, in words. */
  source: text,
  fits: z.boolean().nullable(),
  /** They may add up to less than `us`: the rest is between the layers. */
  layers: z.array(z.strictObject({ index: count, us: z.number().nonnegative(), bound: text.nullable() })),
});

/** Samples, how many of them were right, and what each layer adds to the error. */
const accuracy = z.strictObject({
  samples: count,
  /** Right answers before (the float model, or the one before pruning; null where there is none) and now; null without labels. */
  right: z.strictObject({ before: count.nullable(), now: count, of: count }).nullable(),
  /** Answers that are the same as before. */
  agreeing: z.strictObject({ same: count, of: count }).nullable(),
  layers: z.array(
    z.strictObject({
      index: count,
      /** Signal to noise ratio of its output against the model before, in dB; null where it is exact. */
      snrDb: z.number().nullable(),
      /** Squared error over variance; 0 where it is exact. */
      error: z.number().nonnegative(),
    }),
  ),
});

const sizePart = z.strictObject({
  /** `weights`, `code, dot`, `loader`, `tables` ... */
  name: text,
  bytes: count,
  gzipBytes: count.nullable(),
  origin: z.enum(origins),
});

const sizes = z.strictObject({
  modelFileBytes: count.nullable(),
  parameterBytes: count,
  parts: z.array(sizePart),
});

/** One state of the model on its way: as it came, pruned, quantized. */
const stage = z.strictObject({
  name: z.enum(['original', 'pruned', 'quantized']),
  macs: count,
  parameterBytes: count,
  arenaBytes: count,
  /** Of the first target of the report; null without one. */
  latencyUs: z.number().nullable(),
  /** Share of right answers, 0 to 1; null where nobody asked. */
  accuracy: z.number().nullable(),
  by: text,
});

export const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('thimble-report'),
  model: z.strictObject({
    name: text,
    /** Base name of the file or folder that was reported on. */
    file: text,
    producer: text,
    sha256,
    macs: count,
    parameterBytes: count,
    inputs: z.array(port),
    outputs: z.array(port),
    labels: z.array(text).nullable(),
  }),
  provenance,
  graph,
  memory,
  latency: z.array(latency),
  accuracy: accuracy.nullable(),
  sizes,
  /** In order; one alone when nothing was changed. */
  stages: z.array(stage).min(1),
  /** What the reader should know: what was not measured, what does not fit. */
  notes: z.array(text),
});

export type Report = z.infer<typeof reportSchema>;
export type ReportLayer = z.infer<typeof layer>;
export type ReportTensor = z.infer<typeof tensor>;
export type ReportBuffer = z.infer<typeof buffer>;
export type ReportMemory = z.infer<typeof memory>;
export type ReportLatency = z.infer<typeof latency>;
export type ReportAccuracy = z.infer<typeof accuracy>;
export type ReportStage = z.infer<typeof stage>;

/** The element of a report's page that holds its JSON. */
export const reportElementId = 'thimble-report';

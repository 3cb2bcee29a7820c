import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Published figures of the engines that we compare with: `anchors.json`, facts with their sources. */

const count = z.number().int().nonnegative();

const mcuInstructions = z.object({ cmsisNn: count, cmsisNnFastest: count, reference: count });

const mcuModel = z.object({
  macs: count,
  instructions: mcuInstructions,
  cmsisNnRam: z.object({ arenaBytes: count, nonPersistentBytes: count, stackBytes: count, staticBytes: count }),
  referenceRam: z.object({ arenaBytes: count, nonPersistentBytes: count, stackBytes: count }),
  flash: z.object({
    modelBytes: count,
    weightBytes: count,
    cmsisNnO3Bytes: count,
    cmsisNnOsBytes: count,
    referenceO3Bytes: count,
    referenceOsBytes: count,
  }),
  layers: z.array(z.object({ op: z.string(), cmsisNn: count, reference: count })),
});

const floatModel = z.object({
  instructions: z.object({ 'cortex-m4': count, 'cortex-m7': count }),
  ramBytes: count,
});

const latency = z.record(z.string(), z.number().positive().nullable());

const accuracyRow = z.object({ id: z.string(), right: count, of: count, top5: count.optional() });

const schema = z.object({
  mcu: z.object({
    source: z.string(),
    ram: z.string(),
    flash: z.string(),
    layers: z.string(),
    /** Instructions on processors other than the Cortex-M4, by model. */
    otherProcessors: z.record(z.string(), z.record(z.string(), mcuInstructions)),
    models: z.record(z.string(), mcuModel),
  }),
  floats: z.object({ source: z.string(), models: z.record(z.string(), floatModel) }),
  wasm: z.object({
    source: z.string(),
    engineBytes: z.record(z.string(), z.object({ rawMb: z.number(), gzipMb: z.number() })),
    latencyMs: z.record(z.string(), latency),
  }),
  accuracy: z.object({ source: z.string(), rows: z.array(accuracyRow) }),
});

export type Anchors = z.infer<typeof schema>;

/** What TFLite Micro costs on one model. Instructions per inference, memory in bytes. */
export type McuAnchor = z.infer<typeof mcuModel>;

/** Instructions per inference of TFLite Micro: with CMSIS-NN at -O3, of its fastest build, with its reference kernels. */
export type McuInstructions = z.infer<typeof mcuInstructions>;

/** What onnx2c costs on one float32 model: instructions per inference, static bytes beside inputs and outputs. */
export type FloatAnchor = z.infer<typeof floatModel>;

/** Right answers of the reference runtime on one dataset. */
export type AccuracyAnchor = z.infer<typeof accuracyRow>;

/** Reads and checks `bench/anchors.json` below `root`, the folder of the repository. */
export function readAnchors(root: string): Anchors {
  return schema.parse(JSON.parse(readFileSync(`${root}/bench/anchors.json`, 'utf8')));
}

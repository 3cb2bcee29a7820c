import { z } from 'zod';
import { instructionClasses } from '../../converter/backends/wasm/counts/instructions.ts';
import { variants } from '../../converter/backends/wasm/variant.ts';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import { layerArithmetics, layerKinds } from '../target/web-schema.ts';

/** What a device measured, as `cli/profile/device/measure.js` hands it back. */

const time = z.number().positive().max(1e12);
const amount = z.number().nonnegative().max(1e12);
const count = z.number().int().nonnegative().max(1e6);

const timedCode = z
  .strictObject({
    kind: z.enum(layerKinds),
    arithmetic: z.enum(layerArithmetics),
    serves: z.array(z.enum(variants)).min(1).max(variants.length),
    counts: z.array(amount).length(instructionClasses.length),
    ...{ macs: amount, constantBytes: amount, activationBytes: amount },
    ...{ ns: time, low: time, high: time, kept: count.min(1), samples: count.min(1) },
  })
  .refine(({ low, ns, high }) => low <= ns && ns <= high, 'the median is not between low and high')
  .refine(({ counts, macs }) => counts.some((one) => one > 0) || macs > 0, 'a layer that does nothing');

const resultSchema = z.strictObject({
  format: z.literal('thimble-profile-result'),
  version: z.literal(1),
  device: z.record(z.string().max(100), z.union([z.string().max(1000), z.number(), z.boolean()])),
  variants: z.array(z.enum(variants)).min(1),
  rounds: count.min(1),
  seconds: amount,
  entryNs: z.number().nonnegative().max(1e9),
  clockGHz: z.number().positive().max(20),
  loads: z.array(z.strictObject({ bytes: amount, bytesPerNs: z.number().positive().max(1e6) })),
  layers: z.array(timedCode).min(1).max(10_000),
  models: z
    .array(
      z.strictObject({
        id: z.string(),
        variant: z.enum(variants),
        ns: time,
        low: time,
        high: time,
        kept: count,
        samples: count,
      }),
    )
    .default([]),
  threads: z.array(z.strictObject({ count: z.number().int().min(1).max(64), ns: time })).default([]),
});

/** A checked result. */
export type DeviceResult = z.infer<typeof resultSchema>;

/** More faults than these are not told one by one. */
const mostProblems = 10;

/** The result in a text of JSON. Throws ProblemError with what is wrong with it, each fault by its path. */
export function readResult(text: string, where: string): DeviceResult {
  const advice = 'copy or download the whole result again';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const what = `it is no JSON: ${error instanceof Error ? error.message : String(error)}`;
    throw new ProblemError({ code: 'profile-result', where, what, advice });
  }
  const isOurs = typeof value === 'object' && value !== null && 'format' in value;
  if (!isOurs) {
    const what = 'it has no "format": it is not what the page of thimble profile hands back';
    throw new ProblemError({ code: 'profile-result', where, what, advice });
  }
  const parsed = resultSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const problems = issues.slice(0, mostProblems).map(({ path, message }): Problem => {
    const at = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    return { code: 'profile-result', where, what: `${at.replace(/^\./, '')}: ${message}`, advice };
  });
  const rest = issues.length - problems.length;
  if (rest > 0) problems.push({ code: 'profile-result', where, what: `${rest} more faults of this kind`, advice });
  throw new ProblemError(problems);
}

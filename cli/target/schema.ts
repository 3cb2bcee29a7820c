import { z } from 'zod';
import {
  accessCycles,
  bandwidth,
  baseValue,
  cacheBytes,
  clock,
  coreCount,
  flashBytes,
  lineBytes,
  nanoseconds,
  sramBytes,
  text,
  waitStates,
} from './quantity.ts';
import { layerCyclesSchema, webSchema } from './web-schema.ts';

/** What a target profile is: facts of one chip, or of one board where that decides. */

const name = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9+.-]*$/,
    'must begin with a letter or digit and have lower-case letters, digits and + . - only',
  );

const extension = z.enum(['dsp', 'mve', 'mve-float', 'neon', 'fp16', 'dotprod', 'i8mm', 'sve2', 'rvv', 'pie']);

const core = z.strictObject({
  name: text,
  count: coreCount,
  isa: text.describe('Instruction set: Armv7E-M, RV32IMC'),
  fpu: z.enum(['none', 'single', 'double']),
  extensions: z.array(extension).describe('What the core is known to have besides its base instructions'),
  ref: text.describe('Where the name and the extensions of the core stand'),
  clock,
});

const bank = z.strictObject({
  name: text,
  bytes: sramBytes,
  region: text.describe('Banks of one region follow each other without a gap, in this order'),
  use: z.enum(['data', 'code', 'heap', 'other-core']),
  accessCycles: accessCycles.describe(
    'Cycles of the first core for one read that no cache holds; 1 without wait states',
  ),
  dma: z.boolean().describe('Whether the general DMA controller reaches it'),
  section: text.nullable().describe('Section of the linker script; null is where .bss goes'),
});

const flash = z.strictObject({
  kind: z.enum(['internal', 'external', 'loaded']).describe('loaded: copied to SRAM at boot'),
  bytes: flashBytes,
  waitStates: waitStates.optional().describe('Of one read at full clock that no cache holds'),
  cache: cacheBytes.optional().describe('Bytes of the cache before it'),
  line: lineBytes.optional().describe('Bytes that come with one read'),
  read: nanoseconds.optional().describe('Time for each byte of weights that no cache holds, where it was seen'),
  accelerator: text.optional(),
});

const identifiers = z
  .strictObject({
    arduino: z.array(text).describe('Fully qualified board names'),
    platformio: z.array(text),
    zephyr: z.array(text),
    probeRs: z.array(text),
    pyocd: z.array(text),
    jlink: z.array(text),
    openocd: z.array(text).describe('Target or board configurations'),
    uf2: z.array(text).describe('UF2 families, as number and as name'),
    esptool: z.array(text),
  })
  .partial();

const common = {
  $schema: z.string().optional(),
  name,
  title: text,
  cores: z.tuple([core], core),
  notes: z.array(text).default([]),
  aliases: z.array(text).default([]),
  identifiers: identifiers.default({}).describe('Names in other ecosystems; each is an alias of the profile'),
};

const mcu = z
  .strictObject({
    ...common,
    kind: z.literal('mcu'),
    banks: z.array(bank).min(1),
    flash,
    layerCycles: layerCyclesSchema.optional().describe('What thimble profile measured of layers of C'),
    flashTool: text.describe('The usual tool that writes the flash: openocd, esptool, picotool'),
  })
  .superRefine(({ banks }, context) => {
    const bytesOf = (index: number) => baseValue(banks[index]?.bytes ?? { value: 0, unit: 'B' });
    const total = banks.reduce((sum, _, i) => sum + bytesOf(i), 0);
    if (total > 2 ** 24)
      context.addIssue({ code: 'custom', path: ['banks'], message: 'hold more than 16 MiB together' });
    if (banks.every(({ use }) => use !== 'data')) {
      context.addIssue({ code: 'custom', path: ['banks'], message: 'none is for data' });
    }
    banks.forEach((one, i) => {
      const first = banks.findIndex((other) => other.name === one.name);
      if (first < i)
        context.addIssue({ code: 'custom', path: ['banks', i, 'name'], message: `is that of banks[${first}]` });
    });
  });

const phone = z.strictObject({
  ...common,
  kind: z.enum(['phone', 'sbc']),
  devices: z.array(text).default([]).describe('Products that hold the chip'),
  caches: z
    .strictObject({ l1Data: cacheBytes, l2: cacheBytes, l3: cacheBytes, system: cacheBytes })
    .partial()
    .default({}),
  dramBandwidth: bandwidth.optional(),
  web: webSchema.optional().describe('What thimble profile found of WebAssembly'),
});

/** A whole profile. */
export const profileSchema = z.discriminatedUnion('kind', [mcu, phone]);

export type Profile = z.infer<typeof profileSchema>;
export type McuProfile = z.infer<typeof mcu>;
export type PhoneProfile = z.infer<typeof phone>;

/** A profile file: a whole profile, or the fields in which it differs from another. */
const profileFileSchema = z.union([
  profileSchema,
  z
    .looseObject({ name, extends: text.describe('A target of thimble, or a profile file beside this one') })
    .describe('The other fields are those of the profile that is extended; lists replace lists'),
]);

/** The JSON Schema of profile files, for editors. */
export function profileJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(profileFileSchema, { io: 'input' });
}

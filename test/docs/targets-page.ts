import { aliasesOf, familyNamesOf } from '../../cli/target/alias.ts';
import { builtInProfiles } from '../../cli/target/load.ts';
import type { sources } from '../../cli/target/quantity.ts';
import type { Profile } from '../../cli/target/schema.ts';
import { targetOf } from '../../cli/target/target.ts';
import { dataRegions, sramBytesOf } from '../../converter/plan/target.ts';

/** `docs/targets.md`, from the profiles. */
export function targetsPage(): string {
  const profiles = builtInProfiles();
  const small = profiles.filter(({ kind }) => kind === 'mcu');
  const large = profiles.filter(({ kind }) => kind !== 'mcu');
  return `# Targets

This page is generated: \`THIMBLE_UPDATE_GOLDEN=1 npx vitest run test/docs\` writes it anew.

\`\`\`
thimble targets                              all of them
thimble targets nucleo_h743zi                one, with the source of each number
thimble targets --fits model.tflite          the parts that can hold the C package of a model, and what is the limit
thimble convert model.tflite --to c --target nucleo_h743zi
\`\`\`

\`convert --target\` writes nothing and exits with 3 where SRAM or flash is too small. What is counted is the model: arena, a margin of stack,
constants, and an estimate of the code. The memory of the application, of its framework and of its interrupts comes on top. The arena must
lie in one piece: in one bank, or in banks that follow each other without a gap.

## Names

A target is named by its own name, or by a name that an ecosystem has for it, in upper or lower case: the board of Arduino (with or
without further options), of PlatformIO and of Zephyr, the part of probe-rs, of J-Link and of esptool. Names of families (OpenOCD configurations, UF2
families, targets of pyOCD) are taken where only one target has them.

## Profiles

\`targets/profiles/NAME.json\` holds one target; \`targets/profiles/schema.json\` is the JSON Schema. **Every number says where it comes from:**
\`{"value": 64, "unit": "KiB", "source": "datasheet", "ref": "probe-rs target description"}\`. The sources:

| source | meaning | numbers |
| --- | --- | ---: |
| datasheet | published by the maker, or in a table that restates what the maker publishes | ${countOf(profiles, 'datasheet')} |
| measured | measured on the part | ${countOf(profiles, 'measured')} |
| fitted | a parameter of a model that was fitted to measurements | ${countOf(profiles, 'fitted')} |
| assumed | not checked; \`ref\` says from what | ${countOf(profiles, 'assumed')} |

Your own board is a file that you give in place of a name (\`--target ./mine.json\`). It may extend a target, or another file beside it; objects are laid over
field by field, lists are replaced:

\`\`\`json
{
  "name": "my-board",
  "extends": "stm32f446re",
  "flash": { "bytes": { "value": 384, "unit": "KiB", "source": "measured", "ref": "our bootloader takes 128 KiB" } }
}
\`\`\`

\`section\` of a bank is the section of the linker script that places a buffer there; those of banks other than that of \`.bss\` are names for you to define
in yours. \`accessCycles\` are cycles of the core for a read that no cache holds; they decide which bank is the faster one. \`dma\` is \`true\` only
where the general DMA controller is known to reach the bank. \`flash.line\` (bytes of one read) and \`flash.read\` (time for each byte of weights) are for
[estimates](estimator.md); measure the second on your board where it matters.

## Microcontrollers (${small.length})

SRAM is what variables can use: without instruction memory, and without what the core does not reach.

| name | part | core | MHz | SRAM KiB | in one piece | flash KiB | other names |
| --- | --- | --- | ---: | ---: | ---: | ---: | --- |
${small.map(mcuRow).join('\n')}

## Phones and single-board computers (${large.length})

| name | chip | cores | other names |
| --- | --- | --- | --- |
${large.map(phoneRow).join('\n')}
`;
}

function mcuRow(profile: Profile): string {
  const target = targetOf(profile);
  const [core] = target.cores;
  return row([
    `\`${profile.name}\``,
    profile.title,
    core.count === 1 ? core.name : `${core.count} x ${core.name}`,
    core.clockHz / 1e6,
    sramBytesOf(target) / 1024,
    (dataRegions(target)[0]?.bytes ?? 0) / 1024,
    (target.flash?.bytes ?? 0) / 1024,
    otherNames(profile),
  ]);
}

function phoneRow(profile: Profile): string {
  const cores = targetOf(profile).cores.map(({ name, count, clockHz }) => `${count} x ${name} ${clockHz / 1e9} GHz`);
  return row([`\`${profile.name}\``, profile.title, cores.join(', '), otherNames(profile)]);
}

function otherNames(profile: Profile): string {
  const names = [...aliasesOf(profile), ...familyNamesOf(profile)].map((name) => name.toLowerCase());
  return [...new Set(names)]
    .filter((name) => name !== profile.name)
    .map((name) => `\`${name}\``)
    .join(' ');
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** How many numbers of all profiles have a source. */
function countOf(profiles: readonly Profile[], source: (typeof sources)[number]): number {
  return JSON.stringify(profiles).split(`"source":"${source}"`).length - 1;
}

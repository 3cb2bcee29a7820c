import { dataRegions, type SramBank, sramBytesOf, type Target, type TargetCore } from '../../converter/plan/target.ts';
import { type Cell, type Column, renderPairs, renderTable } from '../output/table.ts';
import { formatBytes, formatCount } from '../output/text.ts';
import { aliasesOf, familyNamesOf } from './alias.ts';
import type { TargetCheck } from './check.ts';
import type { Quantity } from './quantity.ts';
import { flashText, shareText } from './render-fit.ts';
import type { Profile } from './schema.ts';

/** All targets as tables: microcontrollers, then phones and boards. */
export function targetsText(targets: readonly Target[], color: boolean): string {
  const small = targets.filter(({ kind }) => kind === 'mcu');
  const large = targets.filter(({ kind }) => kind !== 'mcu');
  const mcuRows = small.map((target): Cell[] => [
    target.name,
    target.title,
    coreText(target.cores[0]),
    clockText(target.cores[0].clockHz),
    shortBytes(sramBytesOf(target)),
    shortBytes(dataRegions(target)[0]?.bytes ?? 0),
    target.flash === null ? null : shortBytes(target.flash.bytes),
  ]);
  const phoneRows = large.map((target): Cell[] => [
    target.name,
    target.title,
    target.cores.map(clusterText).join(' + '),
  ]);
  return [
    renderTable(columnsOf(['microcontroller', 'part', 'core', 'clock>', 'SRAM>', 'one piece>', 'flash>']), mcuRows, {
      color,
    }),
    '',
    renderTable(columnsOf(['phone or board', 'chip', 'cores']), phoneRows, { color }),
    '',
    'thimble targets NAME shows one, with its other names and the source of each number.',
  ].join('\n');
}

/** One target with its memories, its names and where each number comes from. */
export function profileText(profile: Profile, target: Target, color: boolean): string {
  const names = aliasesOf(profile).filter((name) => name !== profile.name);
  const family = familyNamesOf(profile);
  const pairs: (readonly [string, Cell])[] = [
    ['target', profile.name],
    ['part', profile.title],
    ...target.cores.map((core) => ['core', `${clusterText(core)}, ${core.isa}, ${featureText(core)}`] as const),
    ...(names.length === 0 ? [] : [['also named', names.join(', ')] as const]),
    ...(family.length === 0 ? [] : [['family', family.join(', ')] as const]),
    ...(profile.kind === 'mcu' ? [['flash tool', profile.flashTool] as const] : []),
    ...profile.notes.map((note) => ['note', note] as const),
  ];
  const banks = target.banks.map((bank): Cell[] => [
    bank.name,
    formatBytes(bank.bytes),
    bank.use,
    bank.region,
    bank.accessCycles,
    bank.dma ? 'yes' : 'no',
    bank.section ?? '.bss',
  ]);
  const header = columnsOf(['bank', 'size>', 'use', 'region', 'cycles>', 'DMA', 'section']);
  const table = target.banks.length === 0 ? [] : ['', renderTable(header, banks, { color })];
  // A fitted profile has hundreds of prices: the file is the place to read them.
  const told = quantities(profile).filter(([path]) => !path.includes('.prices['));
  const numbers = told.map(([path, { value, unit, source, ref }]): Cell[] => [
    path,
    `${formatCount(value)} ${unit}`,
    source,
    ref,
  ]);
  const sources = renderTable(columnsOf(['number', 'value>', 'source', 'where it stands']), numbers, { color });
  return [renderPairs(pairs), ...table, '', sources].join('\n');
}

/** Which targets can hold a model, those that can first, and which memory is the limit. */
export function fitsText(model: string, checks: readonly TargetCheck[], color: boolean): string {
  const [first] = checks;
  if (first === undefined) return `${model}: memory is no question here`;
  const share = ({ fit: { limit } }: TargetCheck) =>
    limit === null ? 0 : limit.needBytes / Math.max(1, limit.haveBytes);
  const rows = [...checks]
    .sort((a, b) => share(a) - share(b))
    .map(({ target, fit }): Cell[] => [
      target.name,
      fit.fits ? 'yes' : 'no',
      fit.limit === null ? null : shareText(fit.limit),
      fit.rows
        .filter(({ missingBytes }) => missingBytes > 0)
        .map(({ memory, missingBytes }) => `${memory} ${formatCount(missingBytes)}`)
        .join(', '),
    ]);
  const { arenaBytes, constantBytes, codeBytes } = first.footprint;
  const held = checks.filter(({ fit }) => fit.fits).length;
  return [
    `${model} fits ${held} of ${checks.length} targets`,
    renderPairs([
      ['arena', formatBytes(arenaBytes)],
      ...stackPairs(checks),
      ['flash', `${formatBytes(constantBytes + codeBytes)}: ${flashText(first.footprint)}`],
    ]),
    '',
    renderTable(columnsOf(['target', 'fits', 'limit', 'missing B']), rows, { color }),
  ].join('\n');
}

/** Stack and variables: bounded on some processors, a margin on others. */
function stackPairs(checks: readonly TargetCheck[]): (readonly [string, string])[] {
  return (['bound', 'margin'] as const).flatMap((kind) => {
    const found = checks.find(({ footprint }) => footprint.stackKind === kind)?.footprint;
    if (found === undefined) return [];
    const where = kind === 'bound' ? 'at most, on Cortex-M3 and up' : 'a margin, on other processors';
    return [
      [kind === 'bound' ? 'stack' : '', `${formatBytes(found.stackBytes + found.staticBytes)} ${where}`] as const,
    ];
  });
}

/** Titles that end in `>` stand on the right. */
function columnsOf(titles: readonly string[]): readonly Column[] {
  return titles.map((title) => ({ title: title.replace('>', ''), align: title.endsWith('>') ? 'right' : 'left' }));
}

const clockText = (hertz: number): string => (hertz >= 1e9 ? `${hertz / 1e9} GHz` : `${hertz / 1e6} MHz`);

const coreText = ({ name, count }: TargetCore): string => (count === 1 ? name : `${count} x ${name}`);

const clusterText = (core: TargetCore): string => `${coreText(core)} ${clockText(core.clockHz)}`;

function featureText({ fpu, extensions }: TargetCore): string {
  return [fpu === 'none' ? 'no FPU' : `${fpu}-precision FPU`, ...extensions].join(', ');
}

/** `256 KiB`; whole units only. */
function shortBytes(bytes: SramBank['bytes']): string {
  return bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes / 1024} KiB`;
}

/** Every number of a profile with its path. */
function quantities(value: unknown, path = ''): readonly (readonly [string, Quantity])[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isQuantity(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) =>
    quantities(item, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
  );
}

function isQuantity(value: object): value is Quantity {
  return 'value' in value && 'unit' in value && 'source' in value;
}

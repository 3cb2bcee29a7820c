import type { Options } from 'yargs';
import { type LayoutName, layoutNames } from '../../converter/backends/c/layouts/names.ts';
import type { PackageKind } from '../package-kinds.ts';
import { nearest, UsageError } from '../usage.ts';

const pictureLayouts = ['nhwc', 'nchw'] as const;

type PictureLayout = (typeof pictureLayouts)[number];

/** How a C package is laid out; the words for pictures that `--samples` needs are options of the same name. */
export const layoutOptions = {
  layout: {
    type: 'string',
    nargs: 1,
    describe: `C: the builds that find the package, of ${layoutNames.join(',')} or all; with --samples, axes of pictures: nhwc or nchw`,
  },
  'single-header': {
    type: 'boolean',
    default: false,
    describe: 'C: the whole package as one header, too, below single/',
  },
} as const satisfies Readonly<Record<string, Options>>;

/** What `--layout` says of the package, and of pictures. */
export interface GivenLayouts {
  readonly packages: readonly LayoutName[];
  readonly pictures: PictureLayout | undefined;
}

/** Throws UsageError for words that are neither, and for layouts of a package that has none. */
export function layoutsOf(
  given: { readonly layout: string | undefined; readonly singleHeader: boolean },
  kind: PackageKind,
): GivenLayouts {
  const words = (given.layout ?? '').split(',').filter((word) => word !== '');
  const pictures = pictureLayouts.filter((name) => words.includes(name));
  const wished = words.filter((word) => !pictureLayouts.some((name) => name === word));
  const all: readonly string[] = [...layoutNames, 'all'];
  const unknown = wished.find((word) => !all.includes(word));
  if (unknown !== undefined) {
    const known = `known are ${all.join(', ')}, and nhwc and nchw for pictures`;
    const near = nearest(unknown, all);
    const advice = near === null ? known : `did you mean ${near}? ${known}`;
    throw new UsageError(`--layout: there is no layout ${JSON.stringify(unknown)}`, advice);
  }
  if (pictures.length > 1)
    throw new UsageError('--layout: pictures cannot be both nhwc and nchw', 'give one of the two');
  if (kind !== 'c' && (wished.length > 0 || given.singleHeader)) {
    const option = wished.length > 0 ? `--layout ${wished.join(',')}` : '--single-header';
    throw new UsageError(`${option} has no meaning with --to ${kind}`, 'leave it out: it is for C packages');
  }
  const packages = layoutNames.filter((name) => name === 'cmake' || wished.includes('all') || wished.includes(name));
  return { packages, pictures: pictures[0] };
}

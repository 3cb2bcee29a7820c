import { floatTolerance } from '../../converter/compare.ts';
import { bundleSizes, readManifest } from './bundle.ts';
import { type InputFeed, inputFeed } from './feeds.ts';
import type { Site } from './site.ts';

/** What the page is told beyond what the bundle exports. */
export interface About {
  /** The folder or model file, as it was named. */
  readonly title: string;
  readonly name: string;
  /** The command that made the bundle. */
  readonly command: string;
  readonly isConverted: boolean;
  readonly labels: readonly string[] | null;
  readonly inputs: { readonly [name: string]: InputFeed };
  readonly sizes: ReturnType<typeof bundleSizes>;
  /** How many runs the reference evaluator can be asked for; `why` where it cannot. */
  readonly reference: { readonly runs: number; readonly why: string };
  /** Float outputs may differ by this part of the largest that is expected. */
  readonly floatTolerance: number;
  /** The file that `--profile-out` names; null without it. */
  readonly profileOut: string | null;
}

/** Read anew for each page, since the bundle may have been written anew. */
export function aboutSite(site: Site, profileOut: string | null): About {
  const manifest = readManifest(site.bundle);
  const inputs = manifest.inputs.map(({ name, dtype, shape, scale, zeroPoint }) => {
    const spec = { name, dtype, shape, scale: scale ?? null, zeroPoint: zeroPoint ?? null };
    const over = site.declaredOf(manifest, name);
    const feed = inputFeed(spec, over ?? manifest.declared.get(name));
    const isInBundle = over === null && feed.isInBundle && manifest.inputs.length === 1;
    return [name, { ...feed, isInBundle }] as const;
  });
  const isAnother = site.reference !== null && site.modelSha256 !== manifest.modelSha256;
  const another = 'the bundle has since been converted from another model; start the command again';
  return {
    title: site.bundle.title,
    name: manifest.name,
    command: manifest.command,
    isConverted: site.isConverted,
    labels: site.labels ?? manifest.labels,
    inputs: Object.fromEntries(inputs),
    sizes: bundleSizes(site.bundle),
    reference: isAnother ? { runs: 0, why: another } : { runs: site.reference?.count ?? 0, why: site.why },
    floatTolerance,
    profileOut,
  };
}

import { weakestOf } from '../../converter/estimate/sourced.ts';
import type { EstimatePlace } from '../../converter/package-options.ts';
import type { Target } from '../../converter/plan/target.ts';
import { usedNumbers } from '../estimate/sources.ts';
import type { CommandIo } from '../io.ts';
import type { PackageKind } from '../package-kinds.ts';
import { UsageError } from '../usage.ts';
import type { PhoneProfile } from './schema.ts';

/** What `--target` names; null without it. Its schema is loaded on demand: most commands begin without it. */
export async function givenTarget(
  { target, to }: { readonly target: string | undefined; readonly to: PackageKind },
  io: CommandIo,
): Promise<Target | null> {
  if (target === undefined) return null;
  if (to !== 'c')
    throw new UsageError(`--target has no meaning with --to ${to}`, 'leave it out, or convert with --to c');
  const { loadTarget } = await import('./load.ts');
  return loadTarget(target, io);
}

/** {@link givenTarget}, with the weakest source of the numbers that decide on the time of a run. */
export async function givenPlace(
  args: { readonly target: string | undefined; readonly to: PackageKind },
  io: CommandIo,
): Promise<EstimatePlace | null> {
  if (args.to === 'wasm' || args.target === undefined) return null;
  const [{ loadProfile }, { targetOf }] = await Promise.all([import('./load.ts'), import('./target.ts')]);
  const profile = loadProfile(args.target, io);
  return { target: targetOf(profile), source: weakestOf(usedNumbers(profile).map(({ source }) => source)) };
}

/** The phone or board that a WASM bundle is for; null without `--target`, and for C packages. */
export async function givenPhone(
  { target, to }: { readonly target: string | undefined; readonly to: PackageKind },
  io: CommandIo,
): Promise<PhoneProfile | null> {
  if (target === undefined || to !== 'wasm') return null;
  const { loadProfile } = await import('./load.ts');
  const profile = loadProfile(target, io);
  if (profile.kind !== 'mcu') return profile;
  const what = `--target ${profile.name} has no meaning with --to wasm: it is a microcontroller`;
  throw new UsageError(what, 'convert with --to c, or name a phone');
}

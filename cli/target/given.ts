import type { Target } from '../../converter/plan/target.ts';
import type { CommandIo } from '../io.ts';
import type { PackageKind } from '../package-kinds.ts';
import { UsageError } from '../usage.ts';

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

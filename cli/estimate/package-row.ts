import { countedCpuOfTarget } from '../../converter/estimate/counted-cpu.ts';
import { estimateOnTarget } from '../../converter/estimate/target-estimate.ts';
import type { Target } from '../../converter/plan/target.ts';
import { checkTarget } from '../target/check.ts';
import type { Profile } from '../target/schema.ts';
import { targetOf } from '../target/target.ts';
import type { EstimablePackage } from './folder.ts';
import { type EstimateRow, estimateRow } from './rows.ts';

/** A package that tells what its layers do on one processor, on a target: its time is known where that is the target's processor. */
export function packageRow({ work, memory, codeBytes }: EstimablePackage, profile: Profile): EstimateRow {
  const target = targetOf(profile);
  if (profile.kind !== 'mcu') return estimateRow(profile, target, null, null, 'a C package is for microcontrollers');
  const constantBytesOn = () => memory.constantBytes;
  const use = { memory, bankBytes: 0, isDivided: false, codeBytesOn: () => codeBytes, constantBytesOn };
  const cpu = countedCpuOfTarget(target);
  const estimate = cpu === work.cpu ? estimateOnTarget(work, target) : null;
  const unknown = cpu === null ? unknownCore(target) : `the package tells its instructions on a ${work.cpu} alone`;
  return estimateRow(profile, target, estimate, checkTarget(target, use), unknown);
}

/** Why there is no estimate for a core. */
export const unknownCore = ({ cores: [{ name }] }: Target): string => `instructions of a ${name} are not predicted`;

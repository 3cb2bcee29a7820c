import { z } from 'zod';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { loadProfile } from '../target/load.ts';
import type { Profile } from '../target/schema.ts';
import { UsageError } from '../usage.ts';
import { parseOverride, withOverrides } from './overrides.ts';

/** Devices of one kind with their part of the fleet. */
export interface FleetDevice {
  readonly profile: Profile;
  /** What is different about them: `clock=48MHz`; empty where nothing is. */
  readonly setting: string;
  /** Of 1. */
  readonly share: number;
}

/** Largest fleet file that is read. */
const maxFleetBytes = 2 ** 20;

/** How far from 1 shares may add up: they are rounded by hand. */
const tolerance = 0.005;

const deviceSchema = z.strictObject({
  target: z.string().trim().min(1),
  share: z.number().positive(),
  set: z.union([z.string(), z.array(z.string())]).optional(),
});

const fleetSchema = z.strictObject({ $schema: z.string().optional(), devices: z.array(deviceSchema).min(1).max(1000) });

/**
 * The fleet of `--fleet FILE`: `{"devices": [{"target": "nano33ble", "share": 0.4}, ...]}`; shares of 1, or of 100 %. Throws ProblemError with
 * everything that is wrong with it; each problem names the field by its path.
 */
export function readFleet(path: string, io: CommandIo): readonly FleetDevice[] {
  const where = fileWhere(path);
  const bytes = readInputFile(resolvePath(io, path), maxFleetBytes);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    fail('fleet-file', where, `it is no JSON: ${error instanceof Error ? error.message : String(error)}`, example);
  }
  const parsed = fleetSchema.safeParse(value);
  if (!parsed.success) {
    throw new ProblemError(
      parsed.error.issues.map(({ path: field, message }) => ({
        code: 'fleet-file',
        where,
        what: `${pathText(field)}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
        advice: example,
      })),
    );
  }
  const problems: Problem[] = [];
  const devices = parsed.data.devices.flatMap(({ target, share, set }, i): FleetDevice[] => {
    try {
      const settings = set === undefined ? [] : typeof set === 'string' ? set.split(',') : set;
      const overrides = settings.map((one) => parseOverride(one.trim()));
      const profile = withOverrides(loadProfile(target, io), overrides);
      return [{ profile, setting: overrides.map(({ name, text }) => `${name}=${text}`).join(', '), share }];
    } catch (error) {
      if (error instanceof UsageError) {
        problems.push({ code: 'fleet-file', where, what: `devices[${i}].set: ${error.message}`, advice: error.advice });
      } else if (error instanceof ProblemError) {
        for (const { code, what, advice } of error.problems) {
          problems.push({ code, where, what: `devices[${i}].target ${JSON.stringify(target)}: ${what}`, advice });
        }
      } else throw error;
      return [];
    }
  });
  const total = parsed.data.devices.reduce((sum, { share }) => sum + share, 0);
  const whole = total > 10 ? 100 : 1;
  if (Math.abs(total / whole - 1) > tolerance) {
    const what = `devices: the shares add up to ${Number(total.toFixed(4))}`;
    problems.push({ code: 'fleet-file', where, what, advice: 'make them add up to 1, or to 100 for percentages' });
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return devices.map((device) => ({ ...device, share: device.share / total }));
}

const example = 'write {"devices": [{"target": "nano33ble", "share": 0.4}, {"target": "rp2040", "share": 0.6}]}';

/** `devices[1].share`. */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}

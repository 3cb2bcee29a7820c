import { z } from 'zod';
import { ProblemError } from '../../converter/problem.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { parsed, type Threshold } from './thresholds.ts';

/** Largest file of thresholds that is read. */
const maxThresholdBytes = 2 ** 20;

const code = 'threshold-file';
const example = 'write {"max": {"arena": "+2%", "latency:nano33ble": ["+5%", "20ms"]}}';

const limits = z.union([z.string(), z.array(z.string()).min(1)]);
const fileSchema = z.strictObject({ $schema: z.string().optional(), max: z.record(z.string(), limits) });

/**
 * The thresholds of `--thresholds FILE`: names as before the `=` of `--max`, with one limit or several. Throws ProblemError with everything that is
 * wrong with it, and where there is none in it: a check that cannot fail is none.
 */
export function readThresholds(path: string, io: CommandIo): readonly Threshold[] {
  const where = fileWhere(path);
  const bytes = readInputFile(resolvePath(io, path), maxThresholdBytes);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    fail(code, where, `it is no JSON: ${error instanceof Error ? error.message : String(error)}`, example);
  }
  const result = fileSchema.safeParse(value);
  if (!result.success) {
    throw new ProblemError(
      result.error.issues.map(({ path: field, message }) => {
        const place = field.length === 0 ? 'the file' : field.map(String).join('.');
        const what = `${place}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
        return { code, where, what, advice: example };
      }),
    );
  }
  const given = Object.entries(result.data.max).flatMap(([name, limit]) =>
    [limit].flat().map((one) => ({ text: `${name}=${one}`, where: `${where}, max ${JSON.stringify(name)}` })),
  );
  if (given.length === 0) fail(code, where, 'there is no threshold in it', example);
  return parsed(given);
}

import { z } from 'zod';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import { type Declared, declaredSchema, mergeDeclared, readOptionsOf } from './declared.ts';
import { featuresSchema } from './declared-features.ts';
import { fail, fileWhere, readInputFile } from './file.ts';

const maxFileBytes = 2 ** 20;

/** Steps for all inputs, and those of single inputs by their names. */
const fileSchema = declaredSchema.extend({
  version: z.literal(1).optional(),
  inputs: z.record(z.string(), declaredSchema).optional(),
});

/** Steps of each input that has any, by name. */
export type DeclaredInputs = ReadonlyMap<string, Declared>;

/**
 * The steps in a JSON file: `{"pixels": "0..1", "mean": [0.5], "inputs": {"audio": {"sample-rate": 16000}}}`. Those of a single input go
 * before those for all. Throws ProblemError with everything that is wrong, and for inputs that the model does not have.
 */
export function readPreprocessFile(path: string, inputNames: readonly string[]): DeclaredInputs {
  const where = fileWhere(path);
  const text = new TextDecoder().decode(readInputFile(path, maxFileBytes));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail('preprocess-file', where, `it is no JSON: ${reason}`, 'write for instance {"pixels": "0..1"}');
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) throw new ProblemError(parsed.error.issues.map((issue) => issueProblem(issue, where)));
  const { inputs = {}, version: _, ...common } = parsed.data;
  const unknown = Object.keys(inputs).filter((name) => !inputNames.includes(name));
  if (unknown.length > 0) {
    const known = inputNames.map((name) => JSON.stringify(name)).join(', ');
    const what = `the model has no input ${unknown.map((name) => JSON.stringify(name)).join(', ')}`;
    fail('preprocess-file', where, what, `its inputs are ${known}`);
  }
  return new Map(inputNames.map((name) => [name, mergeDeclared(common, inputs[name] ?? {})]));
}

function issueProblem({ path, message }: z.core.$ZodIssue, where: string): Problem {
  const place = path.length === 0 ? where : `${where}, "${path.map(String).join('.')}"`;
  const advice = path.includes('features')
    ? `use ${Object.keys(featuresSchema.shape).join(', ')}; docs/features.md explains them`
    : `use ${Object.keys(declaredSchema.shape).join(', ')}, as the options of these names, and inputs`;
  return { code: 'preprocess-file', where: place, what: message, advice };
}

const storedSchema = z.object({ version: z.literal(1), inputs: z.record(z.string(), declaredSchema) });

/** The text for a model file or manifest; null where nothing is declared. */
export function storedText(inputs: DeclaredInputs): string | null {
  const declared = [...inputs].filter(([, steps]) => Object.keys(steps).length > 0);
  return declared.length === 0 ? null : JSON.stringify({ version: 1, inputs: Object.fromEntries(declared) });
}

/** What {@link storedText} wrote; null for anything else, and for steps that contradict each other. */
export function parseStored(text: string): DeclaredInputs | null {
  try {
    const parsed = storedSchema.safeParse(JSON.parse(text));
    if (!parsed.success) return null;
    for (const declared of Object.values(parsed.data.inputs)) readOptionsOf(declared, false);
    return new Map(Object.entries(parsed.data.inputs));
  } catch (error) {
    if (error instanceof ProblemError || error instanceof SyntaxError) return null;
    throw error;
  }
}

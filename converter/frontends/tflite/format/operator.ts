import { ProblemError } from '../../../problem.ts';
import { outerBytes } from './buffers.ts';
import { defaultsOf } from './decode.ts';
import type { TfliteOperator, TfliteTensor } from './model.ts';
import { operatorPlace } from './place.ts';
import { type ProblemList, quoteName } from './problems.ts';
import { builtinOperator } from './schema/builtin-operator.ts';
import type { Decoded, DecodedUnion, EnumValue, UnionMember } from './schema/schema.ts';

/** What an entry of the operator code table stands for. */
export interface OperatorKind {
  readonly name: EnumValue<'BuiltinOperator'>;
  readonly customCode: string | null;
  readonly version: number;
}

/** Name of an option table of a builtin operator. */
export type OptionsType = UnionMember<'BuiltinOptions'> | UnionMember<'BuiltinOptions2'>;

const firstExtendedCode = builtinOperator.indexOf('PLACEHOLDER_FOR_GREATER_OP_CODES');

/**
 * Resolves an operator code. Files have the code as a byte, as an int, or both, and the larger one counts: a byte of 127
 * stands for codes that do not fit.
 */
export function readOperatorKind(raw: Decoded<'OperatorCode'>, index: number, problems: ProblemList): OperatorKind {
  const code = Math.max(raw.deprecated_builtin_code, builtinOperator.indexOf(raw.builtin_code));
  const name = builtinOperator[code] ?? 'PLACEHOLDER_FOR_GREATER_OP_CODES';
  const say = (what: string): void =>
    problems.add({
      code: 'tflite-operator-code',
      where: `operator code ${index}`,
      what,
      advice: 'the file is damaged: download or export it again',
    });
  if (code === firstExtendedCode) say(`${code} is a placeholder, not an operator`);
  if (name === 'CUSTOM' && raw.custom_code === '') say('a custom operator has no name');
  return { name, customCode: name === 'CUSTOM' ? raw.custom_code : null, version: raw.version };
}

/** Resolves an operator. `kind` is undefined when its code is out of range, which is told to `problems`. */
export function readOperator(
  raw: Decoded<'Operator'>,
  index: number,
  kind: OperatorKind | undefined,
  file: Uint8Array,
  place: string,
  problems: ProblemList,
): TfliteOperator {
  if (kind === undefined) {
    problems.add({
      code: 'tflite-operator-code',
      where: place,
      what: `it refers to operator code ${raw.opcode_index}, which the model does not have`,
      advice: 'the file is damaged: download or export it again',
    });
  }
  const options: DecodedUnion<'BuiltinOptions' | 'BuiltinOptions2'> | null =
    raw.builtin_options ?? raw.builtin_options_2;
  const large = { offset: raw.large_custom_options_offset, size: raw.large_custom_options_size };
  return {
    index,
    name: kind?.name ?? 'PLACEHOLDER_FOR_GREATER_OP_CODES',
    customCode: kind?.customCode ?? null,
    version: kind?.version ?? 1,
    inputs: raw.inputs,
    outputs: raw.outputs,
    intermediates: raw.intermediates,
    optionsType: options?.type ?? null,
    options: options?.value ?? null,
    customOptions: outerBytes(file, large, place, problems) ?? raw.custom_options,
  };
}

/**
 * The options of an operator, typed by the name of their table. An operator that has no options gets the defaults of the schema,
 * as the TFLite runtime does.
 *
 * @throws ProblemError `tflite-options` when the operator carries another table.
 */
export function optionsOf<T extends OptionsType>(
  operator: TfliteOperator,
  type: T,
  tensors: readonly TfliteTensor[] = [],
): Decoded<T> {
  if (operator.optionsType === null) return defaultsOf(type);
  if (operator.optionsType === type) return operator.options as Decoded<T>;
  throw new ProblemError({
    code: 'tflite-options',
    where: operatorPlace(operator, tensors),
    what: `its options are ${quoteName(operator.optionsType)}, but ${operator.name} takes ${quoteName(type)}`,
    advice: 'the file is damaged: download or export it again',
  });
}

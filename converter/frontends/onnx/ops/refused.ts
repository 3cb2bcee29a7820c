import type { OnnxNode } from '../format/model.ts';
import { operatorName } from '../format/problems.ts';

/** Why an operator cannot be had, and what the user can do instead. */
export interface Refusal {
  readonly what: string;
  readonly advice: string;
}

const before = ({ outputs }: OnnxNode) => `cut the model before "${outputs[0] ?? ''}"`;
const cutAt = ({ inputs }: OnnxNode) => `give --outputs ${inputs[0] ?? ''} and do this step outside of the model`;
const feed = ({ outputs }: OnnxNode) => `give --inputs ${outputs[0] ?? ''} and do this step outside of the model`;

type RefusalOf = (node: OnnxNode) => Refusal;

const strings: RefusalOf = (node) => ({ what: 'it works on strings', advice: feed(node) });
const picture: RefusalOf = (node) => ({ what: 'it reads a compressed picture', advice: feed(node) });
const random: RefusalOf = (node) => ({
  what: 'its result is random, so no two runs would agree',
  advice: `${before(node)}, or pass the numbers as an input of the model`,
});

/** Operators that are refused for what they are, by {@link operatorName}. */
const refusals: ReadonlyMap<string, RefusalOf> = new Map<string, RefusalOf>([
  [
    'ai.onnx.ml:ZipMap',
    (node) => ({
      what: 'its output is a sequence of maps, not a tensor',
      advice: `give --outputs ${node.inputs[0] ?? ''}, which has the same numbers as a tensor`,
    }),
  ],
  ['ai.onnx.ml:CastMap', (node) => ({ what: 'its input is a map, not a tensor', advice: feed(node) })],
  ['ai.onnx.ml:DictVectorizer', (node) => ({ what: 'its input is a map, not a tensor', advice: feed(node) })],
  ['StringNormalizer', strings],
  ['StringConcat', strings],
  ['StringSplit', strings],
  ['RegexFullMatch', strings],
  ['ImageDecoder', picture],
  ['com.microsoft.extensions:DecodeImage', picture],
  [
    'com.microsoft.extensions:EncodeImage',
    (node) => ({ what: 'its output is a compressed picture', advice: cutAt(node) }),
  ],
  ['RandomUniform', random],
  ['RandomNormal', random],
  ['RandomUniformLike', random],
  ['RandomNormalLike', random],
  ['Bernoulli', random],
  ['Multinomial', random],
]);

/** The reason why no operator of this name can be translated; null where there is none but that nobody wrote it. */
export function refusalOf(node: OnnxNode): Refusal | null {
  return refusals.get(operatorName(node))?.(node) ?? null;
}

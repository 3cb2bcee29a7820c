/** Why an operator cannot be had, and what the user can do instead. */
export interface Refusal {
  readonly what: string;
  readonly advice: string;
}

const chosen: Refusal = {
  what: 'how many boxes it finds depends on the data',
  advice: 'give --outputs with the boxes and scores before it, and choose among them in the program around the model',
};

const volumes: Refusal = {
  what: 'convolutions have two spatial axes here',
  advice: 'write it as a sum of 2-D convolutions over slices of the first axis, or export the model as ONNX',
};

const unpooling: Refusal = {
  what: 'it is no operator of TFLite itself',
  advice: 'use SCATTER_ND with the places, or export the model as ONNX (MaxUnpool)',
};

const strings: Refusal = {
  what: 'it works on strings',
  advice: 'give --inputs with the tensor after it, and do this step outside of the model',
};

const lookups: Refusal = {
  what: 'it keeps a table of its own while the model runs',
  advice: 'give --inputs with the tensor after it, and look up outside of the model',
};

const random: Refusal = {
  what: 'its result is random, so no two runs would agree',
  advice: 'give --inputs with the random tensor, so that it is passed in',
};

/** Operators that are refused for what they are: builtin ones by their name in the schema, custom ones by their code. */
const refusals: ReadonlyMap<string, Refusal> = new Map([
  ['NON_MAX_SUPPRESSION_V4', chosen],
  ['NON_MAX_SUPPRESSION_V5', chosen],
  ['TFLite_Detection_PostProcess', chosen],
  ['CONV_3D', volumes],
  ['CONV_3D_TRANSPOSE', volumes],
  [
    'LOCAL_RESPONSE_NORMALIZATION',
    {
      what: 'the reference kernel of TFLite leaves out the last channel of the window that TensorFlow counts',
      advice: 'write it with SQUARE, AVERAGE_POOL_2D over the channels, POW and MUL, or export the model as ONNX (LRN)',
    },
  ],
  ['MaxUnpooling2D', unpooling],
  ['LiteRtMaxUnpooling2D', unpooling],
  ['HASHTABLE', lookups],
  ['HASHTABLE_FIND', lookups],
  ['HASHTABLE_IMPORT', lookups],
  ['HASHTABLE_LOOKUP', lookups],
  ['LSH_PROJECTION', strings],
  ['SKIP_GRAM', strings],
  ['RANDOM_UNIFORM', random],
  ['RANDOM_STANDARD_NORMAL', random],
  ['MULTINOMIAL', random],
]);

/** The reason why no operator of this name is translated; null where there is none but that nobody wrote it. */
export function refusalOf(name: string): Refusal | null {
  return refusals.get(name) ?? null;
}

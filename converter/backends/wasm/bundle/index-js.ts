import type { Feed } from '../../../ir/preprocessing.ts';
import { abiOf, fingerprint } from '../abi.ts';
import type { EmittedVariants } from '../emit-module.ts';
import { loaderText } from '../loader-source.ts';
import type { EmittedWidths } from '../nested/emit.ts';
import { isInlined, modulePath, originLine, type WasmBundleOptions, weightsPath, widthsPath } from './options.ts';
import { byName, tensorInfo } from './tensors.ts';

/** Bytes of a page of memory. */
const pageBytes = 65536;

/** Whether code and weights are in the script, or in files beside it. */
export type Carrying = 'inside' | 'beside';

/** What a package has in its scripts: those of small models carry all. */
export function usualCarrying({ modules, constants }: EmittedVariants): Carrying {
  return isInlined(modules.reduce((sum, { bytes }) => sum + bytes.length, constants.length)) ? 'inside' : 'beside';
}

/** The facts of the model as `export const info`. */
export function infoText(
  emitted: EmittedVariants,
  name: string,
  options: WasmBundleOptions,
  nested: EmittedWidths | null,
): string {
  const { layout, modules, constants } = emitted;
  const info = {
    name,
    inputs: byName(layout.inputs, ({ type }) => tensorInfo(type)),
    outputs: byName(layout.outputs, ({ type }) => tensorInfo(type)),
    labels: options.labels,
    abi: abiOf(layout, constants),
    modelSha256: options.modelSha256,
    estimate: options.webEstimate,
    variants: Object.fromEntries(modules.map(({ variant, bytes }) => [variant, bytes.length])),
    weightBytes: constants.length,
    memoryBytes: layout.pages * pageBytes,
    ...(nested === null ? {} : { widths: sharesOf(nested) }),
  };
  return `/** What the model takes and gives. */\nexport const info = ${JSON.stringify(info, null, 2)};\n`;
}

/** `index.js` or `external.js`: the facts of the model, `load`, and the loader, which is the same for all models but for its parts. */
export function indexJs(
  emitted: EmittedVariants,
  { name, producer }: { readonly name: string; readonly producer: string },
  options: WasmBundleOptions,
  carrying: Carrying,
  nested: EmittedWidths | null,
): string {
  const { layout, modules, constants } = emitted;
  const places = {
    abi: abiOf(layout, constants),
    weightPrint: fingerprint(constants),
    memoryBytes: layout.pages * pageBytes,
    weightBytes: constants.length,
    weightAddress: layout.weightAddress,
    ...threadPlaces(emitted),
    ...(nested === null ? {} : widthPlaces(nested)),
    inputs: byName(layout.inputs, ({ address }) => address),
    outputs: byName(layout.outputs, ({ address }) => address),
  };
  const place = (path: string, bytes: Uint8Array) =>
    carrying === 'inside' ? `decodeBase64(\n    '${base64(bytes)}',\n  )` : `new URL('./${path}', import.meta.url)`;
  const hasThreads = layout.controlAddress !== null;
  const feed = feedOf(layout, options);
  const hasFeatures = feed?.kind === 'sound' && feed.features !== null;
  const loaded = `${nested === null ? 'loadVariant' : 'loadWidths'}(info, layout, sources, options)`;
  const more = [...(hasThreads ? ['threads: { chooseThreads, startThreads }'] : []), ...(nested ? ['widths'] : [])];
  const lines = [
    `/* ${originLine(options, producer)} */`,
    '',
    infoText(emitted, name, options, nested),
    `const layout = ${JSON.stringify(places, null, 2)};`,
    '',
    '/** The code, the quickest variant first. */',
    'const modules = {',
    ...modules.map(({ variant, bytes }) => `  ${variant}: () => ${place(modulePath(variant), bytes)},`),
    '};',
    '',
    '/** Weights and tables, for any of them. */',
    `const weights = () => ${place(weightsPath, constants)};`,
    '',
    ...(nested === null ? [] : widthLines(place(widthsPath, nested.differences))),
    `const sources = { ${['modules', 'weights', ...more].join(', ')} };`,
    '',
    ...(feed === null
      ? []
      : [
          '/** How the input is made of a picture or of sound. */',
          `const feed = ${JSON.stringify(feed, null, 2)};`,
          '',
        ]),
    '/** Loads the model; every call gives one with a memory of its own. */',
    `export ${feed === null ? '' : 'async '}function load(options) {`,
    `  return ${feed === null ? loaded : `withFeed(info, feed, await ${loaded}${hasFeatures ? ', featureValues' : ''})`};`,
    '}',
    '',
    ...(nested === null ? compileLines : []),
    loaderText({ hasThreads, hasFeed: feed !== null, hasFeatures, hasWidths: nested !== null }),
  ];
  return lines.join('\n');
}

/** How the input of a model of one input is made, where it is a picture or sound; null otherwise. */
export function feedOf({ inputs }: EmittedVariants['layout'], { preprocessing }: WasmBundleOptions): Feed | null {
  const [only] = inputs;
  if (only === undefined || inputs.length > 1) return null;
  return preprocessing.find(({ input }) => input === only.name)?.feed ?? null;
}

const compileLines: readonly string[] = [
  '/** The compiled code, for several calls of `load({ module })`, in workers, too. */',
  'export function compile(options) {',
  '  return compileVariant(info, layout, sources, options);',
  '}',
  '',
];

const widthLines = (place: string): readonly string[] => [
  '/** What makes weights and code of the narrower widths out of those of the whole model. */',
  `const widths = () => ${place};`,
  '',
];

/** The shares of all widths, ascending. */
export function sharesOf({ narrower }: EmittedWidths): readonly number[] {
  return [...narrower.map(({ share }) => share).reverse(), 1];
}

/** What the loader needs to know of the widths. */
function widthPlaces({ whole, narrower, differenceBytes }: EmittedWidths): object {
  let end = differenceBytes.constants;
  const code = Object.fromEntries(
    whole.modules.map(({ variant }) => {
      const start = end;
      end += differenceBytes.code[variant] ?? 0;
      return [variant, [start, end]];
    }),
  );
  const narrowBytes = narrower.reduce((sum, { constantBytes }) => sum + constantBytes, 0);
  return {
    constantBytes: whole.layout.constantBytes - narrowBytes,
    widths: narrower.map(({ inputs, outputs, ...rest }) => ({
      ...rest,
      inputs: byName(inputs, ({ address }) => address),
      outputs: byName(outputs, ({ address }) => address),
    })),
    differences: { constants: [0, differenceBytes.constants], code },
  };
}

/** What threads need to know: the address of their words, and the byte of each module that says that its memory is shared. */
function threadPlaces({ layout, modules }: EmittedVariants): object {
  if (layout.controlAddress === null) return {};
  const sharedFlags = Object.fromEntries(modules.map(({ variant, sharedFlagAt }) => [variant, sharedFlagAt]));
  return { control: layout.controlAddress, sharedFlags };
}

/** Base64 of bytes, in pieces that a call can take as arguments. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(binary);
}

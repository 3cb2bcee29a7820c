import { visit } from '../counts/assigned.ts';
import { kindsOf } from '../counts/kinds.ts';
import { parseStatements } from '../counts/parse.ts';
import { type CountedCpu, macrosOf } from '../counts/processors.ts';
import { selected } from '../counts/source.ts';
import type { Statement } from '../counts/syntax.ts';
import type { CLayer, SupportHeader } from '../kernel.ts';
import type { CPackageModel } from '../package.ts';
import { supportText, withIncludes } from '../support.ts';

/** How often something stands in the text of a function, by name. */
export type Features = ReadonlyMap<string, number>;

/** What decides how much machine code a package becomes on one processor. */
export interface PackageFeatures {
  /** Each function of a layer, once. */
  readonly functions: readonly FunctionFeatures[];
  /** The functions of all packages: `<m>_run`, ports, streams. */
  readonly frame: Features;
  /** What the layers name of the support headers and the C library, as a condition for code that they share; `name+` where two do. */
  readonly names: ReadonlySet<string>;
}

export interface FunctionFeatures {
  /** The symbol without the prefix of the package. */
  readonly name: string;
  readonly features: Features;
}

/** Reads the layers of a package as the compiler for `cpu` sees them. */
export function packageFeatures(model: CPackageModel, cpu: CountedCpu): PackageFeatures {
  const layers = layersOf(model);
  const read = layers.map((layer) => readLayer(layer, cpu));
  const users = new Map<string, number>();
  for (const { names } of read) for (const name of names) users.set(name, (users.get(name) ?? 0) + 1);
  const names = new Set([...users].flatMap(([name, count]) => (count > 1 ? [name, `${name}+`] : [name])));
  for (const name of streamNames(model)) names.add(name);
  const functions = read.map(({ kinds, layer }, i) => {
    const features = new Map<string, number>([
      ['function', 1],
      ['parameter', layer.parameters.length],
    ]);
    for (const [kind, count] of kinds) {
      const called = kind.startsWith('call ') ? kind.slice(5) : null;
      // A function that is called from one place is compiled into it.
      const key = called !== null && users.get(called) === 1 ? `only ${called}` : kind;
      features.set(key, (features.get(key) ?? 0) + count);
    }
    return { name: model.functions[i]?.name.slice(model.prefix.length + 1) ?? layer.stem, features };
  });
  return { functions, frame: frameFeatures(model), names };
}

/** The layers of a package whose functions differ, in the order of the package's functions. */
function layersOf(model: CPackageModel): readonly CLayer[] {
  const layers = new Map<string, CLayer>();
  const add = (layer: CLayer) => {
    const key = `${layer.stem}(${layer.parameters.map(({ declaration }) => declaration).join()})${layer.body}`;
    if (!layers.has(key)) layers.set(key, layer);
  };
  for (const work of model.work) {
    if (work.kind === 'call') add(work.code);
    else for (const { code } of work.actions) if (code !== null) add(code);
  }
  return [...layers.values()];
}

interface ReadLayer {
  readonly layer: CLayer;
  readonly kinds: Features;
  /** Functions and macros that its text names. */
  readonly names: ReadonlySet<string>;
}

function readLayer(layer: CLayer, cpu: CountedCpu): ReadLayer {
  const text = selected(layer.body, headerMacros(layer, cpu));
  const kinds = new Map<string, number>();
  const declarations = layer.parameters.map(({ declaration }) => declaration).join();
  const isReal = /\b(?:float|double)\b/.test(declarations);
  const names = new Set([...text.matchAll(/\bthimble_\w+|\b\w+(?=\()/g)].map(([name]) => name));
  for (const name of isReal ? ['real'] : []) names.add(name);
  for (const statement of parseStatements(text)) {
    visit(statement, (node) => {
      if (!isStatement(node)) return;
      for (const [kind, count] of kindsOf(node, isReal)) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
    });
  }
  for (const kind of kinds.keys()) if (!kind.startsWith('call ')) names.add(kind);
  return { layer, kinds, names };
}

const statementKinds: ReadonlySet<string> = new Set([
  ...(['declare', 'expression', 'if', 'loop', 'return', 'assembly'] as const),
]);

function isStatement(node: { readonly kind: string }): node is Statement {
  return statementKinds.has(node.kind);
}

const kept = new Map<string, ReadonlyMap<string, string>>();

/** Macros that are defined where the text of a layer begins. */
function headerMacros({ headers }: CLayer, cpu: CountedCpu): Map<string, string> {
  const own = headers.filter((header): header is SupportHeader => header !== 'math.h' && header !== 'float.h');
  const all = withIncludes(['integer.h', ...own]);
  const key = `${cpu} ${all.join()}`;
  let macros = kept.get(key);
  if (macros === undefined) {
    const defined = macrosOf(cpu);
    for (const header of all)
      selected(supportText(header, 'thimble').replaceAll('thimble_thimble_', 'thimble_'), defined);
    macros = defined;
    kept.set(key, macros);
  }
  return new Map(macros);
}

/** What streams take of stream.h, whatever they do. */
function streamNames({ program }: CPackageModel): readonly string[] {
  if (program.streams.length === 0) return [];
  return program.streams.length > 1 ? ['stream', 'stream+'] : ['stream'];
}

/** What `<m>_run` and the functions beside it are made of. */
function frameFeatures(model: CPackageModel): Features {
  const calls = model.work.flatMap((work) => (work.kind === 'call' ? [work.call] : []));
  const streams = model.work.flatMap((work) => (work.kind === 'stream' ? [work] : []));
  const actions = streams.flatMap(({ actions }) => actions);
  const argumentsOf = (text: string) => (text.match(/,/g) ?? []).length + 1;
  return new Map([
    ['run', 1],
    ['call', calls.length],
    ['argument', calls.reduce((sum, call) => sum + argumentsOf(call), 0)],
    ['stream', streams.length],
    ['action', actions.length],
    ['order', streams.reduce((sum, { stream }) => sum + stream.order.length, 0)],
    ['store', streams.reduce((sum, { stores }) => sum + stores.length, 0)],
    ['action argument', actions.reduce((sum, { body }) => sum + argumentsOf(body), 0)],
    ['fed', model.program.fed === null ? 0 : 1],
    ['reset', model.resets.length],
    ['input', model.program.inputs.length],
    ['output', model.program.outputs.length],
  ]);
}

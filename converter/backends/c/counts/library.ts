import type { SupportHeader } from '../kernel.ts';
import { supportText, withIncludes } from '../support.ts';
import { visit } from './assigned.ts';
import { isLongCopy } from './copies.ts';
import { isType, parseType, statementsOf } from './parse.ts';
import { type CountedCpu, macrosOf } from './processors.ts';
import { type FunctionMaker, type Macros, makersIn, selected, withMadeFunctions } from './source.ts';
import type { CFunction, CType, Expression, Statement } from './syntax.ts';
import { TokenReader, tokensOf } from './tokens.ts';

type CallExpression = Extract<Expression, { kind: 'call' }>;

/** What the support headers of a layer give it on one processor. */
export interface Library {
  readonly functions: ReadonlyMap<string, CFunction>;
  /** Names of the fields of each structure, in order. */
  readonly structures: ReadonlyMap<string, readonly string[]>;
  /** Names of enumerations. */
  readonly constants: ReadonlyMap<string, number>;
  /** Macros, for the text of the layer. */
  readonly macros: Macros;
}

const known = new Map<string, Library>();

/** Reads headers and all that they include. The result is kept. */
export function libraryOf(headers: readonly SupportHeader[], cpu: CountedCpu): Library {
  const all = withIncludes(['integer.h', ...headers]);
  const key = `${cpu} ${all.join()}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const macros = macrosOf(cpu);
  const functions = new Map<string, CFunction>();
  const structures = new Map<string, readonly string[]>();
  const constants = new Map<string, number>();
  const makers: FunctionMaker[] = [];
  for (const header of all) {
    const text = supportText(header, 'thimble').replaceAll('thimble_thimble_', 'thimble_');
    makers.push(...makersIn(text));
    const made = withMadeFunctions(selected(text, macros), makers);
    readHeader(new TokenReader(tokensOf(made)), functions, structures, constants);
  }
  const library = { functions: withFlow(functions), structures, constants, macros };
  known.set(key, library);
  return library;
}

function readHeader(
  reader: TokenReader,
  functions: Map<string, CFunction>,
  structures: Map<string, readonly string[]>,
  constants: Map<string, number>,
): void {
  while (reader.peek().kind !== 'end') {
    if (reader.is('enum') && reader.is('{', 1)) {
      reader.next();
      const names = reader.enclosed().filter(({ kind }) => kind === 'name');
      names.forEach(({ text }, i) => {
        constants.set(text, i);
      });
      reader.take(';');
      continue;
    }
    if (reader.is('struct') && reader.is('{', 2)) {
      reader.next();
      structures.set(`struct ${reader.next().text}`, fieldsOf(new TokenReader(reader.enclosed())));
      reader.take(';');
    } else if (reader.take('typedef')) {
      while (!reader.take(';'))
        if (reader.is('{') || reader.is('(')) reader.enclosed();
        else reader.next();
    } else readDefinition(reader, functions);
  }
}

/** Macros of the headers that stand for attributes with `noinline`. */
const APART = /^THIMBLE_(?:INT16_FUNCTION|ONE_COPY|NAKED|SHARED|NIBBLES|SMALL)$/;

/** A function, or something else that ends with a semicolon or a macro's bracket. */
function readDefinition(reader: TokenReader, functions: Map<string, CFunction>): void {
  let name = '';
  let isApart = false;
  while (reader.peek().kind !== 'end') {
    if (reader.take(';')) return;
    isApart ||= APART.test(reader.peek().text);
    if (reader.take('__attribute__')) isApart ||= reader.enclosed().some(({ text }) => text === 'noinline');
    else if (reader.is('(')) {
      const inside = reader.enclosed();
      if (reader.is('{')) {
        const parameters = parametersOf(new TokenReader(inside));
        const body = statementsOf(new TokenReader(reader.enclosed()));
        functions.set(name, { name, parameters, body, flow: 'straight', isApart });
        return;
      }
      if (reader.peek().kind === 'name' && !reader.is('__attribute__')) return;
    } else if (reader.is('{') || reader.is('[')) reader.enclosed();
    else name = reader.next().text;
  }
}

function fieldsOf(reader: TokenReader): readonly string[] {
  const names: string[] = [];
  while (reader.peek().kind !== 'end') {
    parseType(reader);
    do {
      while (reader.take('*'));
      names.push(reader.next().text);
      while (reader.is('[')) reader.enclosed();
    } while (reader.take(','));
    reader.expect(';');
  }
  return names;
}

/** The parameters of a function from their text, without brackets. */
export function parametersIn(text: string): CFunction['parameters'] {
  return parametersOf(new TokenReader(tokensOf(text)));
}

function parametersOf(reader: TokenReader): CFunction['parameters'] {
  const parameters: { name: string; type: CType }[] = [];
  while (reader.peek().kind !== 'end') {
    const type = isType(reader.peek()) || reader.peek().kind === 'name' ? typeOrAlias(reader) : parseType(reader);
    const { text: name } = reader.next();
    let { pointers } = type;
    while (reader.is('[')) {
      reader.enclosed();
      pointers++;
    }
    if (reader.take('__attribute__')) reader.enclosed();
    if (type.name !== 'void' || pointers > 0) parameters.push({ name, type: { ...type, pointers } });
    reader.take(',');
  }
  return parameters;
}

/** A type that may be a name of a `typedef`. */
function typeOrAlias(reader: TokenReader): CType {
  const type = parseType(reader);
  if (type.name !== '') return type;
  const { text: name } = reader.next();
  let pointers = 0;
  while (reader.take('*')) pointers++;
  return { kind: 'type', name, pointers };
}

/** Finds out which functions have loops, those that they call included. */
function withFlow(functions: ReadonlyMap<string, CFunction>): Map<string, CFunction> {
  const flows = new Map<string, CFunction['flow']>();
  const flowOf = (name: string): CFunction['flow'] => {
    const done = flows.get(name);
    if (done !== undefined) return done;
    flows.set(name, 'straight');
    const found = functions.get(name);
    const own = found === undefined ? 'straight' : ownFlow(found.body, flowOf);
    flows.set(name, own);
    return own;
  };
  return new Map([...functions].map(([name, found]) => [name, { ...found, flow: flowOf(name) }]));
}

function ownFlow(body: readonly Statement[], flowOf: (name: string) => CFunction['flow']): CFunction['flow'] {
  let flow: CFunction['flow'] = 'straight';
  for (const statement of body) {
    visit(statement, (node) => {
      // A label in assembly, `1:`, is where a loop begins or a branch ends.
      if (node.kind === 'assembly' && /\d:/.test(node.template)) flow = 'assembly';
      const isLoop = node.kind === 'loop' || (node.kind === 'call' && callsLoop(node, flowOf));
      if (isLoop && flow === 'straight') flow = 'loops';
    });
  }
  return flow;
}

function callsLoop({ callee, args }: CallExpression, flowOf: (name: string) => CFunction['flow']): boolean {
  const name = callee.kind === 'name' ? callee.name : '';
  return isLongCopy(name, args) || flowOf(name) !== 'straight';
}

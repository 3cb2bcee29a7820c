import type { Report } from '../report/schema.ts';

/** A fact that is no number: a version, an option, a hash. Null in the report that does not have it. */
export interface FactChange {
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What is said of the model and of how it was made, where the reports differ; the most telling first. */
export function originChanges(before: Report, after: Report): readonly FactChange[] {
  return [
    ...inTurn('input', before.model.inputs.map(portText), after.model.inputs.map(portText)),
    ...inTurn('output', before.model.outputs.map(portText), after.model.outputs.map(portText)),
    ...plain('memory planned for', before.memory.for, after.memory.for),
    ...plain('labels', labelsText(before), labelsText(after)),
    ...byName('option', optionsOf(before), optionsOf(after)),
    ...plain('thimble', before.provenance.thimble, after.provenance.thimble),
    ...plain('producer', before.model.producer, after.model.producer),
    ...plain('model', before.model.name, after.model.name),
    ...plain('file', before.model.file, after.model.file),
    ...plain('hash of the model', before.model.sha256, after.model.sha256),
    ...byName('read', readFiles(before), readFiles(after)),
    ...byName('written', filesOf(before.provenance.outputs), filesOf(after.provenance.outputs)),
    ...byName('note', notesOf(before), notesOf(after)),
  ];
}

/** Why the two may not be of one model at all; empty where nothing says so. */
export function strangeness(before: Report, after: Report): readonly string[] {
  const shapes = (ports: Report['model']['inputs']) => ports.map(({ shape }) => shape.join('x')).join(', ');
  const differ = (['inputs', 'outputs'] as const).flatMap((side) => {
    const [from, to] = [shapes(before.model[side]), shapes(after.model[side])];
    return from === to ? [] : [`their ${side} are ${from} and ${to}`];
  });
  return differ.length === 0 ? [] : [`the reports seem to be of different models: ${differ.join('; ')}`];
}

function portText({ name, dtype, shape, scale, zeroPoint }: Report['model']['inputs'][number]): string {
  const quantization = scale === null ? '' : `, scale ${Number(scale.toPrecision(6))}, zero point ${zeroPoint ?? 0}`;
  return `${JSON.stringify(name)} ${dtype} ${shape.join('x')}${quantization}`;
}

function labelsText({ model: { labels } }: Report): string | null {
  return labels === null ? null : labels.join(', ');
}

function optionsOf({ provenance }: Report): ReadonlyMap<string, string> {
  return new Map(Object.entries(provenance.options));
}

function filesOf(files: Report['provenance']['inputs']): ReadonlyMap<string, string> {
  return new Map(files.map(({ path, bytes, sha256 }) => [path, `${bytes} B, ${sha256}`]));
}

/** What was read beside the model, whose hash is told alone. */
function readFiles({ model, provenance: { inputs } }: Report): ReadonlyMap<string, string> {
  return filesOf(inputs.filter(({ sha256 }) => sha256 !== model.sha256));
}

/** Notes are compared as wholes: there, or not. */
function notesOf({ notes }: Report): ReadonlyMap<string, string> {
  return new Map(notes.map((note) => [note, 'there']));
}

function plain(what: string, before: string | null, after: string | null): readonly FactChange[] {
  return before === after ? [] : [{ what, before, after }];
}

function inTurn(what: string, before: readonly string[], after: readonly string[]): readonly FactChange[] {
  const count = Math.max(before.length, after.length);
  return Array.from({ length: count }, (_, i) => plain(`${what} ${i}`, before[i] ?? null, after[i] ?? null)).flat();
}

function byName(
  what: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly FactChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((name) => plain(`${what} ${name}`, before.get(name) ?? null, after.get(name) ?? null));
}

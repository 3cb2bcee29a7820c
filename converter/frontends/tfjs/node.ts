import { type JsonView, parseJson } from '../json-view.ts';
import { tfjsProblem } from './manifest.ts';

/** A node of a TensorFlow graph. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** `Conv2D "block/conv"`. */
  readonly place: string;
  readonly inputs: readonly NodeOutput[];
  readonly attributes: JsonView;
}

/** Output `index` of the node `name`. */
export interface NodeOutput {
  readonly name: string;
  readonly index: number;
}

const mostNodes = 200_000;

/** Nodes of a GraphDef in JSON; control inputs are left out. */
export function readNodes(topology: JsonView): GraphNode[] {
  const list = topology.get('node').list();
  if (list.length > mostNodes)
    throw tfjsProblem('tfjs-too-large', 'the graph', `it has ${list.length} nodes`, `up to ${mostNodes} are read`);
  if ((topology.get('library').get('function').items()?.length ?? 0) > 0) {
    throw tfjsProblem(
      'tfjs-functions',
      'the graph',
      'it has functions (control flow)',
      'convert the model with control flow frozen, or remove it',
    );
  }
  const names = new Set<string>();
  return list.map((view) => {
    const name = view.get('name').text();
    const op = view.get('op').text();
    if (names.has(name))
      throw tfjsProblem(
        'tfjs-damaged',
        `node "${name}"`,
        'there are two nodes of this name',
        'convert the model again',
      );
    names.add(name);
    const place = `${op} "${name}"`;
    const input = view.get('input');
    const inputs = (input.isNull ? [] : input.list())
      .map((item) => item.text())
      .filter((text) => !text.startsWith('^'));
    return { name, op, place, inputs: inputs.map(nodeOutput), attributes: view.get('attr').at(place) };
  });
}

/** `block/split:1` */
export function nodeOutput(text: string): NodeOutput {
  const match = /^(.*):(\d{1,6})$/.exec(text);
  return match === null ? { name: text, index: 0 } : { name: match[1] ?? '', index: Number(match[2]) };
}

/** Bytes of a string attribute stand in base64. */
export function base64Text(view: JsonView): string {
  try {
    return atob(view.text());
  } catch {
    throw view.fail('its text is not in base64', 'convert the model again');
  }
}

/** A whole number, which JSON of protocol buffers may hold as text. */
export function wholeAttribute(view: JsonView): number {
  if (typeof view.value !== 'string') return view.whole(-(2 ** 31));
  return parseJson(/^-?\d{1,10}$/.test(view.value) ? view.value : 'null', view.where, 'tfjs').whole(-(2 ** 31));
}

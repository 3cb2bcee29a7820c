import type { Expression, Statement } from './syntax.ts';

/** How a variable is changed: `steps` by the same amount each time, `anyhow` otherwise. */
export type Change = 'steps' | 'anyhow';

const cache = new WeakMap<object, ReadonlyMap<string, Change>>();

/** The variables of outside that statements change, and how. */
export function assignedIn(part: Statement | Expression): ReadonlyMap<string, Change> {
  const found = cache.get(part);
  if (found !== undefined) return found;
  const changes = new Map<string, Change>();
  collect(part, changes, new Set());
  cache.set(part, changes);
  return changes;
}

/** The names in an expression. */
export function namesIn(part: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  visit(part, (node) => {
    if (node.kind === 'name') names.add(node.name);
  });
  return names;
}

export type Node = Statement | Expression;

function collect(part: Node, changes: Map<string, Change>, own: Set<string>): void {
  visit(part, (node) => {
    if (node.kind === 'declare') for (const { name } of node.variables) own.add(name);
    if (node.kind === 'step' && node.target.kind === 'name') note(node.target.name, 'steps');
    if (node.kind === 'assign' && node.target.kind === 'name') {
      const isStep = node.operator === '+' || node.operator === '-';
      note(node.target.name, isStep && node.value.kind === 'number' ? 'steps' : 'anyhow');
    }
    if (node.kind === 'unary' && node.operator === '&' && node.operand.kind === 'name')
      note(node.operand.name, 'anyhow');
  });
  function note(name: string, change: Change) {
    if (!own.has(name) && changes.get(name) !== 'anyhow') changes.set(name, change);
  }
}

/** Calls `see` for a node and all below it, in the order of the text. */
export function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const child of Object.values(node)) {
    for (const one of Array.isArray(child) ? child : [child]) {
      if (isNode(one)) visit(one, see);
      else if (isDeclared(one)) {
        one.lengths.forEach((length) => {
          visit(length, see);
        });
        if (one.initial !== null) visit(one.initial, see);
      }
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind !== 'type';
}

function isDeclared(value: unknown): value is { lengths: readonly Expression[]; initial: Expression | null } {
  return typeof value === 'object' && value !== null && 'initial' in value;
}

/** Definitions of macros that directives ask for; a macro without one is 0. */
export type Macros = Map<string, string>;

/** What is left of C after its `#if`s, whose macros of numbers are added to `macros`; other directives are left out. */
export function selected(text: string, macros: Macros): string {
  const lines: string[] = [];
  /** For each `#if` that is open: whether its lines count, and whether one of its branches was taken. */
  const open: { counts: boolean; taken: boolean }[] = [];
  const counts = () => open.every((one) => one.counts);
  const joined = text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/\\\n/g, ' ');
  for (const line of joined.split('\n')) {
    const directive = /^\s*#\s*(\w+)\s*(.*)$/.exec(line);
    if (directive === null) {
      if (counts()) lines.push(line);
      continue;
    }
    const [, name = '', rest = ''] = directive;
    const last = open.at(-1);
    if (name === 'if' || name === 'ifdef' || name === 'ifndef') {
      const holds = name === 'if' ? holdsIn(rest, macros) : macros.has(rest.trim()) === (name === 'ifdef');
      open.push({ counts: holds, taken: holds });
    } else if (name === 'elif' && last !== undefined) {
      last.counts = !last.taken && holdsIn(rest, macros);
      last.taken ||= last.counts;
    } else if (name === 'else' && last !== undefined) {
      last.counts = !last.taken;
      last.taken = true;
    } else if (name === 'endif') {
      open.pop();
    } else if (name === 'define' && counts()) {
      const definition = /^(\w+)\s+(.+)$/.exec(rest.trim());
      if (definition !== null) macros.set(definition[1] ?? '', (definition[2] ?? '').trim());
    }
  }
  return lines.join('\n');
}

/** Whether the condition of an `#if` holds: names, whole numbers, `defined`, and the operators of C without side effects. */
function holdsIn(condition: string, macros: Macros): boolean {
  const tokens = condition.match(/\w+|&&|\|\||==|!=|<=|>=|<<|>>|[-+*()!<>&|]/g) ?? [];
  let at = 0;
  const levels = [['||'], ['&&'], ['|'], ['&'], ['==', '!='], ['<', '>', '<=', '>='], ['+', '-'], ['*']];
  const apply = (operator: string, a: number, b: number): number => {
    switch (operator) {
      case '||':
        return Number(a !== 0 || b !== 0);
      case '&&':
        return Number(a !== 0 && b !== 0);
      case '|':
        return a | b;
      case '&':
        return a & b;
      case '==':
        return Number(a === b);
      case '!=':
        return Number(a !== b);
      case '<':
        return Number(a < b);
      case '>':
        return Number(a > b);
      case '<=':
        return Number(a <= b);
      case '>=':
        return Number(a >= b);
      case '-':
        return a - b;
      case '*':
        return a * b;
      default:
        return a + b;
    }
  };
  const term = (): number => {
    const token = tokens[at++] ?? '0';
    if (token === '!') return Number(term() === 0);
    if (token === '-') return -term();
    if (token === '(') {
      const value = level(0);
      at++;
      return value;
    }
    if (token === 'defined') {
      const isBracket = tokens[at] === '(';
      if (isBracket) at++;
      const name = tokens[at++] ?? '';
      if (isBracket) at++;
      return Number(macros.has(name));
    }
    return valueOf(token, macros);
  };
  const level = (depth: number): number => {
    const operators = levels[depth];
    if (operators === undefined) return term();
    let value = level(depth + 1);
    while (operators.includes(tokens[at] ?? '')) {
      const operator = tokens[at++] ?? '';
      value = apply(operator, value, level(depth + 1));
    }
    return value;
  };
  return level(0) !== 0;
}

function valueOf(token: string, macros: Macros): number {
  if (/^\d/.test(token)) return Number(token.replace(/[uUlL]+$/, ''));
  const definition = macros.get(token);
  return definition === undefined || !/^-?(?:0x)?[0-9a-fA-F]+[uUlL]*$/.test(definition)
    ? 0
    : Number(definition.replace(/[uUlL]+$/, ''));
}

import { InternalError } from '../../../problem.ts';

/** A word of C. `glued` numbers, names and strings are one token each. */
export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'mark' | 'end';
  readonly text: string;
}

const PATTERN =
  /\s+|\/\*[\s\S]*?\*\/|([A-Za-z_]\w*)|((?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[uUlLfF]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^~!<>=?:;,.(){}[\]#\\])/y;

const END: Token = { kind: 'end', text: '' };

/** The tokens of C without directives, comments left out. Throws InternalError where the text is no C of ours. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(PATTERN);
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) throw new InternalError(`no C: ${text.slice(at, at + 40)}`);
    const [, name, number, string, mark] = match;
    if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (string !== undefined) tokens.push({ kind: 'string', text: string });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
  }
  return tokens;
}

/** Walks along tokens. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get at(): number {
    return this.#at;
  }

  /** The token `ahead` of the next one. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? END;
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && token.kind !== 'string';
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** Takes the next token if it is `text`. */
  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.#at++;
    return true;
  }

  expect(text: string): void {
    if (this.take(text)) return;
    const near = this.#tokens.slice(Math.max(0, this.#at - 8), this.#at + 4).map((token) => token.text);
    throw new InternalError(`${text} expected in ${near.join(' ')}`);
  }

  /** The tokens between two places. */
  between(from: number, to: number): readonly Token[] {
    return this.#tokens.slice(from, to);
  }

  /** Leaves out what a bracket that comes next encloses, the bracket included; returns the tokens inside. */
  enclosed(): readonly Token[] {
    const from = this.#at;
    let depth = 0;
    do {
      const { text, kind } = this.next();
      if (kind === 'end') throw new InternalError('a bracket is not closed');
      if (kind === 'mark' && '([{'.includes(text)) depth++;
      if (kind === 'mark' && ')]}'.includes(text)) depth--;
    } while (depth > 0);
    return this.#tokens.slice(from + 1, this.#at - 1);
  }
}

import type {
  FunctionBuilder,
  FunctionRef,
  Global,
  ModuleBuilder,
  Operand,
  ParameterLocals,
  Parameters,
  ValueType,
} from './assembler/index.ts';
import type { Variant } from './variant.ts';

/**
 * A function of the module as a template. `emit` writes the body from `config` alone, so that two layers with equal
 * configurations share one function; whatever differs between like layers (addresses, sizes) is a parameter.
 */
export interface Routine<C, P extends Parameters, R extends readonly ValueType[] = readonly []> {
  readonly params: P;
  readonly results: R;
  /** What the function is called in the name section. Different configurations may have equal names. */
  name(config: C): string;
  emit(f: FunctionBuilder, params: ParameterLocals<P>, config: C, library: Library): void;
}

/** A routine without results; keeps the literal types of `params`. */
export function routine<C, const P extends Parameters>(
  parts: Omit<Routine<C, P>, 'results'>,
): Routine<C, P, readonly []> {
  return { ...parts, results: [] };
}

/** The functions that a module has so far. `C` is plain data: its JSON text is the identity of a configuration. */
export class Library {
  /** What the code may use: routines write other bodies for each, with the same parameters and layouts of weights. */
  readonly variant: Variant;
  readonly #builder: ModuleBuilder;
  readonly #known = new Map<unknown, Map<string, FunctionRef>>();

  #offsets: Global<'i32'> | undefined;

  constructor(builder: ModuleBuilder, variant: Variant = 'simd128') {
    this.#builder = builder;
    this.variant = variant;
  }

  /**
   * 0x80 in each of four bytes: what turns int8 into the unsigned operand of the dot product. A variable of `dot` modules, since the
   * dot product of some processors takes signed numbers.
   */
  get offsets(): Operand<'i32'> {
    if (this.variant !== 'dot') return -0x7f7f7f80;
    this.#offsets ??= this.#builder.global('offsets', 'i32', -0x7f7f7f80, { mutable: true });
    return this.#offsets;
  }

  /** Sets {@link offsets} to 0 from here on. */
  emitSigned(f: FunctionBuilder): void {
    if (this.#offsets !== undefined) f.set(this.#offsets, 0);
  }

  /** The function of `routine` for `config`, emitted at the first request. */
  get<C, P extends Parameters, R extends readonly ValueType[]>(
    template: Routine<C, P, R>,
    config: C,
  ): FunctionRef<P, R>;
  get(template: Routine<unknown, Parameters, readonly ValueType[]>, config: unknown): FunctionRef {
    const key = JSON.stringify(config);
    const variants = this.#known.get(template) ?? new Map<string, FunctionRef>();
    this.#known.set(template, variants);
    const known = variants.get(key);
    if (known !== undefined) return known;
    const { params, results } = template;
    const ref = this.#builder.declare(template.name(config), { params, results });
    variants.set(key, ref);
    this.#builder.define(ref, (f, locals) => template.emit(f, locals, config, this));
    return ref;
  }
}

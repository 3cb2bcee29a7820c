import { type Expr, i16x8, type Local, type Memarg, v128 } from '../assembler/index.ts';
import { vectorBytes } from '../packing/panels.ts';

/** Eight stored weights as int16, the zero point taken off. */
export function widened(w: Local<'i32'>, at: Memarg, zeros: Expr<'v128'> | null): Expr<'v128'> {
  const loaded = v128.load8x8_s(w, { ...at, align: 8 });
  return zeros === null ? loaded : i16x8.sub(loaded, zeros);
}

/** The zero point of the panel with `vectors` vectors of channel constants, in every lane. */
export function storedZeros(header: Local<'i32'>, vectors: number): Expr<'v128'> {
  return v128.load(header, { offset: vectors * vectorBytes });
}

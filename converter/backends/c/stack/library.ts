/** What a library function takes of SRAM when a layer calls it. */
interface LibraryUse {
  /** The most that a call puts on the stack, what it calls itself included. */
  readonly stackBytes: number;
  /** Variables that are linked with it. */
  readonly staticBytes: number;
}

/** `errno` of newlib (nano), which lies in a structure of 96 bytes behind a pointer. */
const ERRNO_BYTES = 100;

/** And the word that tells the mathematics functions which standard to follow. */
const ERRNO_AND_STANDARD_BYTES = 104;

/**
 * newlib (nano) 3.3 and libgcc 12.2 for Armv7-M and Armv7E-M: stack by `targets/stack`, the larger of hard and soft floating point;
 * variables from programs that call one function each. Other C libraries have other numbers.
 */
const library: ReadonlyMap<string, LibraryUse> = new Map([
  ...uses(0, { memcpy: 16, memset: 16, memmove: 16, sinf: 552, cosf: 552, tanf: 552, atanf: 56, erff: 96 }),
  ...uses(0, { floorf: 56, ceilf: 56, atan2f: 80 }),
  ...uses(ERRNO_BYTES, { expm1f: 64, log1pf: 64, tanhf: 80, asinhf: 96 }),
  ...uses(ERRNO_AND_STANDARD_BYTES, { expf: 80, logf: 80, sqrtf: 48, asinf: 80, acosf: 80, sinhf: 104, coshf: 104 }),
  ...uses(ERRNO_AND_STANDARD_BYTES, { acoshf: 96, atanhf: 104, fmodf: 56, powf: 112 }),
  // Functions of the support headers that call one of them.
  ...uses(0, { thimble_round: 56 }),
  ...uses(ERRNO_AND_STANDARD_BYTES, { thimble_logistic: 80, thimble_floor_modulo: 56 }),
]);

function uses(staticBytes: number, stack: Readonly<Record<string, number>>): (readonly [string, LibraryUse])[] {
  return Object.entries(stack).map(([name, stackBytes]) => [name, { stackBytes, staticBytes }]);
}

/** The most of each that one of the library functions takes which the statements name. */
export function libraryUse(body: string): LibraryUse {
  let [stackBytes, staticBytes] = [0, 0];
  for (const [, name = ''] of body.matchAll(/\b(\w+)\(/g)) {
    const use = library.get(name);
    stackBytes = Math.max(stackBytes, use?.stackBytes ?? 0);
    staticBytes = Math.max(staticBytes, use?.staticBytes ?? 0);
  }
  return { stackBytes, staticBytes };
}

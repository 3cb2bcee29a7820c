import { ProblemError } from '../../problem.ts';

/** Words that C or C++ keep for themselves, as far as a prefix or port name could meet them. */
const RESERVED = new Set(
  `alignas alignof and asm auto bool break case catch char class const constexpr continue default delete do double else
  enum explicit export extern false float for friend goto if inline int long mutable namespace new noexcept not nullptr
  operator or private protected public register restrict return short signed sizeof static struct switch template this
  throw true try typedef typename union unsigned using virtual void volatile while xor main`.split(/\s+/),
);

/** Throws a problem unless `prefix` can begin every C name of a package. */
export function checkPrefix(prefix: string): void {
  const valid = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(prefix) && prefix.length <= 40 && !RESERVED.has(prefix);
  if (valid) return;
  throw new ProblemError({
    code: 'c-prefix',
    where: `prefix "${prefix}"`,
    what: 'cannot begin the C names of a package',
    advice:
      'use lower-case letters, digits and single underscores, a letter first, at most 40, and no word of C or C++',
  });
}

/** A C prefix made of any name: `Person Detect.tflite` gives `person_detect`. */
export function prefixFrom(name: string): string {
  const text = identifierFrom(name.replace(/\.(?:tflite|onnx)$/i, ''))
    .slice(0, 40)
    .replace(/_+$/, '');
  // The support code is written in names that begin with `thimble_`, which become those of the model.
  const safe = /^(?!thimble_)[a-z]/.test(text) ? text : `model_${text}`.replace(/_+$/, '').slice(0, 40);
  return RESERVED.has(safe) ? `${safe}_model` : safe;
}

/** Lower-case letters, digits and single underscores of `name`; may be empty. */
export function identifierFrom(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/** A distinct identifier for each name, or null where the name has no letters of its own or is taken. */
export function distinctIdentifiers(names: readonly string[]): (string | null)[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const text = identifierFrom(name);
    if (!/^[a-z]/.test(text) || taken.has(text)) return null;
    taken.add(text);
    return text;
  });
}

/** The C files of the library of a package, from its root. */
export function librarySources(prefix: string): readonly string[] {
  return ['', '_layers', '_weights'].map((part) => `src/${prefix}${part}.c`);
}

/**
 * `value` as JSON text. Typed arrays become arrays, maps objects, bigints numbers (decimal strings beyond 2^53), and the
 * numbers that JSON lacks the strings "NaN", "Infinity" and "-Infinity".
 */
export function toJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, (_key, item: unknown) => plain(item), indent) ?? 'null';
}

function plain(item: unknown): unknown {
  if (typeof item === 'number') return Number.isFinite(item) ? item : String(item);
  if (typeof item === 'bigint') return Number.isSafeInteger(Number(item)) ? Number(item) : String(item);
  if (item instanceof Map) return Object.fromEntries(item);
  if (item instanceof Set) return [...item];
  if (isTypedArray(item)) return Array.from(item);
  return item;
}

function isTypedArray(item: unknown): item is Uint8Array {
  return ArrayBuffer.isView(item) && !(item instanceof DataView);
}

/**
 * Writes `value` as the one JSON value of a command, with a line break. Resolves when the stream has taken it all, so
 * that a pipe gets the whole text before the process exits; a reader that has gone away is no error.
 */
export function writeJson(value: unknown, stream: NodeJS.WritableStream = process.stdout): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      if ('code' in error && error.code === 'EPIPE') resolve();
      else reject(error);
    };
    stream.once('error', onError);
    stream.write(`${toJson(value)}\n`, (error) => {
      // After a failed write the stream has yet to emit the error: the listener stays for it.
      if (error) return onError(error);
      stream.removeListener('error', onError);
      resolve();
    });
  });
}

import { unzipSync } from 'fflate';
import { fail } from './file.ts';
import { readNpy } from './npy.ts';
import type { Sample } from './sample.ts';

/** Most bytes that an archive may hold when it is unpacked. */
const maxUnpackedBytes = 2 ** 31;

/** The arrays of an .npz archive by their names. Throws ProblemError for what is none. */
export function readNpz(bytes: Uint8Array, where: string): ReadonlyMap<string, Sample> {
  let unpackedBytes = 0;
  let files: { readonly [name: string]: Uint8Array };
  try {
    files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        unpackedBytes += originalSize;
        if (unpackedBytes > maxUnpackedBytes) throw new RangeError(`it unpacks to more than ${maxUnpackedBytes} bytes`);
        return name.endsWith('.npy');
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail('npz-archive', where, `this is no archive of arrays (${reason})`, 'write it with numpy.savez');
  }
  const arrays = Object.entries(files).map(([name, file]) => {
    const array = name.replace(/\.npy$/, '');
    return [array, readNpy(file, `${where}, array "${array}"`)] as const;
  });
  if (arrays.length === 0) return fail('npz-empty', where, 'it holds no arrays', 'write it with numpy.savez');
  return new Map(arrays);
}

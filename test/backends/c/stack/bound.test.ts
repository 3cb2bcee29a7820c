import { describe, expect, it } from 'vitest';
import { layerSram, runFrameBytes, sramUse, streamFrameBytes } from '../../../../converter/backends/c/stack/bound.ts';
import { libraryUse } from '../../../../converter/backends/c/stack/library.ts';
import { linesFor, localArrayBytes } from '../../../../converter/backends/c/stack/locals.ts';

describe('local arrays', () => {
  it.each([
    ['int8_t edge[36];', 40],
    ['    const int8_t *tap[9];', 40],
    ['uint32_t panel[160];\nint8_t rest[4] = {0};', 648],
    ['float sums[3][5];', 64],
    ['int64_t *wide[2];', 8],
    ['const struct m_tile tiles[2] = {{0}, {1}};', 64],
    ['static const int16_t powers[7] = {0};', 0],
    ['x[3] = 4;\nsum += w[2];', 0],
    ['int32_t last = x[3];', 0],
  ])('%s', (body, bytes) => {
    expect(localArrayBytes(body)).toBe(bytes);
  });
});

describe('the lines of a processor', () => {
  const body =
    'a\n#if THIMBLE_DSP\nb\n    #if THIMBLE_DSP_FLOAT\n    c\n    #else\n    d\n    #endif\n#else\ne\n#endif\nf';

  it('leave out what it does not compile', () => {
    expect(linesFor(body, ['THIMBLE_DSP', 'THIMBLE_DSP_FLOAT'])).toBe('a\nb\n    c\nf');
    expect(linesFor(body, ['THIMBLE_DSP'])).toBe('a\nb\n    d\nf');
    expect(linesFor(body, [])).toBe('a\ne\nf');
  });

  it('are those of the first condition that holds', () => {
    const body = '#if THIMBLE_HELIUM\na\n#elif THIMBLE_DSP\nb\n#else\nc\n#endif\nd';
    expect(linesFor(body, ['THIMBLE_HELIUM', 'THIMBLE_DSP'])).toBe('a\nd');
    expect(linesFor(body, ['THIMBLE_DSP'])).toBe('b\nd');
    expect(linesFor(body, [])).toBe('c\nd');
  });
});

describe('the bound of a layer', () => {
  const plain = layerSram({ body: 'output[0] = input[0];', headers: [] }).stackBytes;

  it('takes the larger of the ways to compute it', () => {
    const body = '#if THIMBLE_DSP\nuint32_t panel[100];\n#else\nint8_t edge[80];\n#endif';
    expect(layerSram({ body, headers: [] }).stackBytes).toBe(plain + 400);
  });

  it('adds the deepest library function', () => {
    const body = 'output[0] = expf(input[0]) + powf(input[0], 2.0f);';
    expect(layerSram({ body, headers: ['math.h'] }).stackBytes).toBe(plain + libraryUse('powf(').stackBytes);
    expect(layerSram({ body, headers: [] }).staticBytes).toBe(104);
  });

  it('knows the support functions', () => {
    expect(layerSram({ body: '', headers: ['panel.h'] }).stackBytes).not.toBe(plain);
  });
});

describe('the function that calls the layers', () => {
  const few = runFrameBytes(['m_a_0((void *)(bytes + 0), w);']);

  it('passes arguments from the fifth on through the stack', () => {
    expect(runFrameBytes(['m_a_0((void *)(bytes + 0), b, c, d, e, f, g);'])).toBe(few + 16);
  });

  it('may keep addresses that several calls share', () => {
    const calls = Array.from({ length: 8 }, (_, i) => `m_a_${i}((void *)(bytes + ${8 * (i % 4)}));`);
    expect(runFrameBytes(calls)).toBe(few + 16);
    expect(runFrameBytes([...calls, 'm_b_9((void *)(bytes + 999));'])).toBe(few + 16);
  });
});

describe('the use of a package', () => {
  const one = (name: string, stackBytes: number, staticBytes: number, isStreamed = false) => {
    return { name, stackBytes, staticBytes, isStreamed };
  };

  it('names its deepest layer and takes the variables once', () => {
    const layers = [one('a', 100, 104), one('b', 300, 0), one('c', 200, 100)];
    const stackBytes = runFrameBytes([]) + 300;
    expect(sramUse({ layers, calls: [], streams: [] })).toEqual({ stackBytes, stackLayer: 'b', staticBytes: 104 });
    const none = { stackBytes: runFrameBytes([]), stackLayer: '', staticBytes: 0 };
    expect(sramUse({ layers: [], calls: [], streams: [] })).toEqual(none);
  });

  it('has the frame of a stream above its layers', () => {
    const layers = [one('a', 300, 0), one('b', 280, 0, true)];
    const body = 'const unsigned char *const from = f(bytes, 1);\nm_a_0(from, b, c, d, e, f, g);\nrows[1].first++;';
    const stream = { actions: [body], bankCount: 1 };
    const streams = [stream];
    const stackBytes = runFrameBytes([]) + streamFrameBytes(stream) + 280;
    expect(streamFrameBytes(stream)).toBe(streamFrameBytes({ actions: [''], bankCount: 1 }) + 16);
    expect(streamFrameBytes({ ...stream, bankCount: 3 })).toBe(streamFrameBytes(stream) + 16);
    expect(sramUse({ layers, calls: [], streams })).toEqual({ stackBytes, stackLayer: 'b', staticBytes: 0 });
  });
});

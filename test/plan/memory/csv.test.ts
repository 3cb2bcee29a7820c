import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OffsetTable, readOffsetCsv, writeOffsetCsv } from '../../../converter/plan/memory/csv.ts';
import { formatProblem, ProblemError } from '../../../converter/problem.ts';

const table = (rows: readonly (readonly number[])[], names: readonly string[], offsets: readonly number[] = []) => ({
  buffers: rows.map(([start = 0, end = 0, size = 0, alignment = 1], id) => ({ id, start, end, size, alignment })),
  names,
  offsets: new Map(offsets.map((offset, id) => [id, offset])),
});

function problemsOf(text: string): readonly string[] {
  try {
    readOffsetCsv(text, 'buffers.csv');
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

describe('MiniMalloc CSV', () => {
  test('reads buffers, lifetimes and sizes', () => {
    expect(readOffsetCsv('id,lower,upper,size\nb1,0,3,4\nb2,3,9,8\n', 'f')).toEqual(
      table(
        [
          [0, 3, 4],
          [3, 9, 8],
        ],
        ['b1', 'b2'],
      ),
    );
  });

  test('reads columns in any order, older names, alignment, offsets, blank lines and CRLF', () => {
    const text = 'Buffer, size,start,end,offset,alignment\r\n\r\nx,16,-1,2,64,32\r\n';
    expect(readOffsetCsv(text, 'f')).toEqual(table([[-1, 2, 16, 32]], ['x'], [64]));
  });

  test('reads a file without buffers', () => {
    expect(readOffsetCsv('id,lower,upper,size\n', 'f')).toEqual(table([], []));
  });

  test('writes what MiniMalloc reads', () => {
    const rows = [
      [0, 3, 4],
      [3, 9, 8],
    ];
    expect(writeOffsetCsv(table(rows, ['b1', 'b2']))).toBe('id,lower,upper,size\nb1,0,3,4\nb2,3,9,8\n');
    expect(writeOffsetCsv(table(rows, ['b1', 'b2'], [8, 0]))).toBe(
      'id,lower,upper,size,offset\nb1,0,3,4,8\nb2,3,9,8,0\n',
    );
    expect(writeOffsetCsv(table([[0, 3, 4, 16]], ['b'], [16]))).toBe(
      'id,lower,upper,size,alignment,offset\nb,0,3,4,16,16\n',
    );
  });

  test('reads back what it wrote', () => {
    const row = fc.tuple(fc.integer({ min: -9, max: 99 }), fc.integer({ min: 100 }), fc.nat(), fc.constantFrom(1, 16));
    fc.assert(
      fc.property(fc.array(row), fc.boolean(), (rows, solved) => {
        const names = rows.map((_, i) => `b${i}`);
        const written: OffsetTable = table(rows, names, solved ? rows.map((_, i) => 16 * i) : []);
        expect(readOffsetCsv(writeOffsetCsv(written), 'f')).toEqual(written);
      }),
    );
  });

  test.each([
    ['', 'buffers.csv:1: the column "id" is missing; begin the file with the line id,lower,upper,size'],
    [
      'id,lower,upper\n',
      'buffers.csv:1: the column "size" is missing; begin the file with the line id,lower,upper,size',
    ],
    [
      'id,lower,upper,size,gaps\n',
      'buffers.csv:1: the column "gaps" is not known; use id, lower, upper, size, alignment and offset, each once',
    ],
    [
      'id,lower,upper,size,end\n',
      'buffers.csv:1: the column "end" is there twice; use id, lower, upper, size, alignment and offset, each once',
    ],
    [
      'id,lower,upper,size\na,0,1\n',
      'buffers.csv:2: the line has 3 cells, the header 4; give every column of the header a cell',
    ],
    ['id,lower,upper,size\na,0,x,1\n', 'buffers.csv:2: upper is "x"; use a whole number'],
    ['id,lower,upper,size\na,0,1,-1\n', 'buffers.csv:2: size is "-1"; use a whole number from 0'],
    ['id,lower,upper,size\na,0,1,1e3\n', 'buffers.csv:2: size is "1e3"; use a whole number from 0'],
    ['id,lower,upper,size,alignment\na,0,1,1,0\n', 'buffers.csv:2: alignment is "0"; use a whole number from 1'],
    ['id,lower,upper,size\n,0,1,1\n', 'buffers.csv:2: the buffer has no name; put one into the first column'],
    [
      'id,lower,upper,size\na,3,3,1\n',
      'buffers.csv:2: the buffer lives from 3 until before 3; make upper greater than lower',
    ],
    ['id,lower,upper,size\na,0,1,1\n\na,0,1,1\n', 'buffers.csv:4: buffer "a" is also in line 2; rename one of them'],
  ])('explains what is wrong with %j', (text, problem) => {
    expect(problemsOf(text)[0]).toBe(problem);
  });

  test('reports all problems at once', () => {
    const text = 'id,lower,upper,size\na,0,1,1.5\na,0,,1\nb,1,0,1\n';
    expect(problemsOf(text).map((problem) => problem.split(':')[1])).toEqual(['2', '3', '3', '4']);
  });
});

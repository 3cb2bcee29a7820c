import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasShared, sharedDir } from '../support/shared.ts';
import { inFolder, runCli, runJson } from './run-cli.ts';
import { planCsv, problems } from './schemas.ts';

/** MiniMalloc's own example: five buffers of 4 bytes, at most three alive together. */
const example = 'id,lower,upper,size\nb1,0,3,4\nb2,3,9,4\nb3,0,9,4\nb4,9,21,4\nb5,0,21,4\n';

/** Five buffers that 6 bytes hold, and for which the greedy placement takes 7. */
const tight = 'id,lower,upper,size\na,1,4,3\nb,2,4,1\nc,1,3,2\nd,3,5,1\ne,4,5,5\n';

/** Runs `thimble plan --csv in.csv` with `args` in a folder that holds `text`. */
function planIn<T>(text: string, args: readonly string[], check: (run: Run) => T | Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    writeFileSync(join(folder, 'in.csv'), text);
    const argv = ['plan', '--csv', 'in.csv', ...args];
    const value = args.includes('--out') ? null : (await runJson(argv, folder)).value;
    return check({ ...(await runCli(argv, folder)), value, folder });
  });
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** With --json; null where a file is written. */
  readonly value: unknown;
  readonly folder: string;
}

describe('plan --csv', () => {
  it('places the buffers as low as possible', async () => {
    await planIn(example, [], ({ code, stdout, stderr, value }) => {
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^height +12 B$/m);
      expect(stdout).toMatch(/^result +the least height possible, which is proved$/m);
      const { buffers, ...rest } = planCsv.parse(value);
      expect(rest).toMatchObject({ capacity: null, height: 12, lowerBound: 12, optimal: true, verdict: 'least' });
      expect(buffers.map(({ name }) => name)).toEqual(['b1', 'b2', 'b3', 'b4', 'b5']);
    });
  });

  it('writes the offsets in the format of MiniMalloc', async () => {
    await planIn(example, ['--capacity', '12', '--out', 'out.csv'], ({ code, stdout, folder }) => {
      expect(code).toBe(0);
      expect(stdout).toMatch(/^written +out\.csv$/m);
      const [header, ...rows] = readFileSync(join(folder, 'out.csv'), 'utf8').trimEnd().split('\n');
      expect(header).toBe('id,lower,upper,size,offset');
      const buffers = rows.map((row) => row.split(',').slice(1).map(Number));
      expect(rows.map((row) => row.split(',').slice(0, 4).join(','))).toEqual(example.trimEnd().split('\n').slice(1));
      for (const [i, [start = 0, end = 0, size = 0, at = 0]] of buffers.entries()) {
        expect(at + size).toBeLessThanOrEqual(12);
        for (const [start2 = 0, end2 = 0, size2 = 0, at2 = 0] of buffers.slice(i + 1)) {
          const together = start < end2 && start2 < end;
          expect(together && at < at2 + size2 && at2 < at + size).toBe(false);
        }
      }
    });
  });

  it('ends with 3 where it is proved that they do not fit, and writes nothing', async () => {
    await planIn(example, ['--capacity', '11'], ({ code, stdout, stderr, value }) => {
      expect(code).toBe(3);
      expect(stdout).toMatch(/no placement is within the capacity, which is proved/);
      expect(stderr).toContain('in.csv: the buffers do not fit into 11 bytes, which is proved');
      expect(stderr).toContain('give at least 12');
      expect(planCsv.parse(value)).toMatchObject({ fits: false, verdict: 'too-small', written: null });
    });
    await planIn(example, ['--capacity', '11', '--out', 'out.csv'], ({ code, folder }) => {
      expect(code).toBe(3);
      expect(existsSync(join(folder, 'out.csv'))).toBe(false);
    });
  });

  it('tells it apart when the nodes were not enough to know', async () => {
    await planIn(tight, ['--capacity', '6', '--nodes', '0'], ({ code, stdout, stderr, value }) => {
      expect(code).toBe(3);
      expect(stdout).toMatch(/whether a lower one exists is open/);
      expect(stderr).toContain('with 0 nodes, and none is ruled out');
      expect(stderr).toContain('raise --nodes');
      expect(planCsv.parse(value)).toMatchObject({ fits: false, verdict: 'open', nodes: 0, nodeBudget: 0 });
    });
    await planIn(tight, ['--capacity', '6'], ({ code, value }) => {
      expect(code).toBe(0);
      expect(planCsv.parse(value).nodes).toBeGreaterThan(0);
    });
  });

  it('names the lines of all that is wrong', async () => {
    await planIn('id,lower,upper,size\na,0,1,x\nb,5,5,1\n', [], ({ code, stdout, stderr, value }) => {
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain('in.csv:2: size is "x"');
      expect(stderr).toContain('in.csv:3: the buffer lives from 5 until before 5');
      expect(problems.parse(value).problems.map(({ where }) => where)).toEqual(['in.csv:2', 'in.csv:3']);
    });
  });

  it('refuses sizes beyond what the search counts in, and too many buffers', async () => {
    await planIn(`id,lower,upper,size\na,0,1,${2 ** 31}\n`, [], ({ code, stderr }) => {
      expect(code).toBe(1);
      expect(stderr).toContain('buffer "a": size 2,147,483,648');
    });
    const rows = Array.from({ length: 5001 }, (_, i) => `${i},0,1,1`);
    await planIn(['id,lower,upper,size', ...rows].join('\n'), [], ({ code, stderr }) => {
      expect(code).toBe(1);
      expect(stderr).toContain('it has 5,001 buffers');
    });
  });

  it('tells of files that cannot be read or written', async () => {
    await inFolder(async (folder) => {
      const { code, stderr } = await runCli(['plan', '--csv', 'absent.csv'], folder);
      expect(code).toBe(1);
      expect(stderr).toContain('there is no such file');
    });
    await planIn(example, ['--out', 'in.csv/out.csv'], ({ code, stdout, stderr }) => {
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain('choose a file that you may write');
    });
  });

  it.skipIf(!hasShared)('places an instance of the suite "challenging" within its capacity', async () => {
    const file = `${sharedDir}datasets/minimalloc/A.1048576.csv`;
    const { code, value } = await runJson(['plan', '--csv', file, '--capacity', '1048576']);
    expect(code).toBe(0);
    expect(planCsv.parse(value)).toMatchObject({
      height: 1_048_576,
      lowerBound: 1_048_576,
      verdict: 'least',
      fits: true,
    });
  });
});

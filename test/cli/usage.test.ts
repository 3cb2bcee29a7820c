import { describe, expect, it } from 'vitest';
import { nearest } from '../../cli/usage.ts';
import { digitsInt8, runCli, runJson } from './run-cli.ts';
import { problems } from './schemas.ts';

describe('wrong usage ends with 2 and names the way out', () => {
  it.each([
    [[], 'no command was given', 'thimble --help'],
    [['inspct', 'x.tflite'], 'there is no command "inspct"', 'did you mean inspect?'],
    [['frobnicate'], 'there is no command "frobnicate"', 'use inspect, plan, prune, quantize, convert, run, '],
    [['inspect'], 'inspect wants a model file', 'thimble inspect --help'],
    [['inspect', 'a.tflite', 'b.tflite'], 'b.tflite', 'thimble inspect --help'],
    [['inspect', digitsInt8, '--jsn'], 'unknown argument: jsn', 'did you mean --json?'],
    [['inspect', digitsInt8, '--no-pases'], 'pases', 'did you mean --passes?'],
    [['run', digitsInt8, '--on', 'wsm'], '--on does not know "wsm"', 'did you mean wasm?'],
    [['run', digitsInt8, '--seed', 'abc'], '--seed is no number', 'decimal'],
    [['run', digitsInt8, '--seed', '1', '--seed', '2'], '--seed is given twice', 'once'],
    [['run', digitsInt8, '--save'], 'save', 'thimble run --help'],
    [['run', digitsInt8, '--dataset', 'x', '--input', 'y'], 'exclude each other', 'one of them'],
    [['plan'], 'plan wants a model file or --csv', 'thimble plan --help'],
    [['plan', digitsInt8, '--csv', 'a.csv'], 'exclude each other', 'one of them'],
    [['plan', digitsInt8, '--capacity', '9'], '--capacity goes with --csv alone', 'leave it out'],
    [['plan', '--csv', 'a.csv', '--svg', 'a.svg'], '--svg goes with a model alone', 'leave it out'],
    [['plan', '--csv', 'a.csv', '--dim', 'n=1'], '--dim goes with a model alone', 'leave it out'],
    [['plan', '--csv', 'a.csv', '--capacity', '1.5'], '--capacity 1.5 is no whole number', '65536'],
    [['plan', '--csv', 'a.csv', '--nodes', '-1'], '--nodes -1 is no whole number', '65536'],
    [['plan', '--csv', 'a.csv', '--out', 'model.onnx'], 'does not end in .csv', 'something.csv'],
    [['plan', digitsInt8, '--svg', digitsInt8], 'does not end in .svg', 'something.svg'],
    [['plan', digitsInt8, '--steps', '3-2'], '--steps 3-2 names no steps', 'from 0 to'],
    [['plan', digitsInt8, '--steps', '9999'], '--steps 9999 names no steps', 'from 0 to'],
    [['convert', digitsInt8], '--to is missing', 'write --to wasm for web pages, --to c for firmware'],
    [['build', 'x'], '--board is missing', 'thimble build --help'],
    [['serve'], 'serve wants a folder that thimble convert --to wasm wrote, or a model file', 'thimble serve --help'],
    [['serve', 'x', '--modle', 'y'], 'modle', 'did you mean --model?'],
    [['report'], 'report wants a model file', 'thimble report --help'],
    [['report', digitsInt8, '--out', 'report.txt'], 'does not end in .html', 'name a .html file'],
    [['report', digitsInt8, '--befor', 'x'], 'befor', 'did you mean --before?'],
    [['verify', digitsInt8, '--on', 'wasm,d'], 'does not know "d"', 'reference, wasm, c'],
    [['verify', digitsInt8, '--random', '1.5'], '1.5', 'whole number'],
  ])('%j', async (argv, what, advice) => {
    const { code, stdout, stderr } = await runCli(argv);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(what);
    expect(stderr).toContain(advice);
  });

  it('as JSON too', async () => {
    const { code, value } = await runJson(['inspct']);
    expect(code).toBe(2);
    expect(problems.parse(value).problems[0]?.code).toBe('usage');
  });
});

describe('help and version', () => {
  it.each([['--help'], ['inspect', '--help'], ['run', '-h']])('%s %s', async (...argv) => {
    const { code, stdout, stderr } = await runCli(argv.filter((word) => word !== undefined));
    expect(code).toBe(0);
    expect(stdout).toContain('--json');
    if (argv[0] === '--help') expect(stdout).toContain('Exit codes: 0 done');
    expect(stderr).toBe('');
  });

  it('--version prints the version alone, or as JSON', async () => {
    const { code, stdout } = await runCli(['--version']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
    expect((await runJson(['--version'])).value).toEqual({ schemaVersion: 1, version: stdout.trim() });
  });
});

describe('nearest', () => {
  it.each([
    ['inspct', 'inspect'],
    ['conv', 'convert'],
    ['vrify', 'verify'],
    ['rnu', 'run'],
    ['dcotro', 'doctor'],
    ['xyz', null],
    ['', null],
  ])('%s is %s', (word, expected) => {
    expect(nearest(word, ['inspect', 'convert', 'run', 'verify', 'doctor'])).toBe(expected);
  });
});

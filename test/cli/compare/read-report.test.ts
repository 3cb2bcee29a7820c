import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { maxReportBytes, parseReport } from '../../../cli/compare/read-report.ts';
import { digitsInt8, inFolder, runCli } from '../run-cli.ts';
import { buildReport, pageOf } from './build-report.ts';

const report = buildReport({ model: { name: '</script><b>&\u2028' } });
const page = pageOf(report);
const json = JSON.stringify(report);

describe('a report', () => {
  it('is read from its JSON and from its page alike', () => {
    expect(parseReport(json, 'a.json')).toEqual(report);
    expect(parseReport(`\n ${json}`, 'a.json')).toEqual(report);
    expect(page).not.toContain('</script><b>');
    expect(parseReport(page, 'a.html')).toEqual(report);
  });

  it.each<readonly [string, string, string, string]>([
    ['an empty file', '', 'it is empty', 'thimble report'],
    ['some text', 'hello', 'neither a page nor a JSON object', 'thimble report'],
    ['another page', '<html><body></body></html>', 'there is no report in this page', 'thimble report'],
    ['a page that ends early', page.slice(0, 150), 'truncated', 'thimble report'],
    ['a page that ends in the report', page.slice(0, -60), 'it is truncated', 'copy the whole file'],
    ['JSON that ends early', json.slice(0, 900), 'damaged or truncated', 'thimble report'],
    ['other JSON', '{"schemaVersion": 1}', 'it is JSON, but no report', 'thimble report'],
    [
      'problems of a report',
      '{"schemaVersion":1,"problems":[{"code":"x","where":"Conv \\"c\\"","what":"too deep","advice":"no"}]}',
      'Conv "c": too deep',
      'mend them',
    ],
    [
      'a newer report',
      json.replace('"schemaVersion":1', '"schemaVersion":2'),
      'version 2; this thimble reads',
      'newer',
    ],
    ['an older report', json.replace('"schemaVersion":1', '"schemaVersion":0'), 'version 0', 'again with this thimble'],
    ['a field that is wrong', json.replace('"arenaBytes":4000', '"arenaBytes":-1'), 'memory.arenaBytes: ', 'again'],
    ['too many values', `{"a": [${'0,'.repeat(500_001)}0]}`, 'more than 500000 values', 'fewer targets'],
    ['values nested without end', `{"a": ${'['.repeat(5e5)}`, 'damaged or truncated', 'thimble report'],
    ['an endless tag', `<script ${'<script '.repeat(1e5)}id="thimble-report"`, 'there is no report', 'thimble report'],
  ])('%s is refused', (_, text, what, advice) => {
    const read = () => parseReport(text, 'file "x"');
    expect(read).toThrow('file "x"');
    expect(read).toThrow(what);
    expect(read).toThrow(advice);
  });

  it('of many faults names some and counts the rest', () => {
    const broken = JSON.stringify({ ...report, model: {} });
    expect(() => parseReport(broken, 'x')).toThrow(/model\.name: .*\n.*\(and \d+ more\)/s);
  });
});

describe('the command', () => {
  it('tells what is wrong with both files and the thresholds at once, and ends with 1', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'huge.html'), '<');
      truncateSync(join(folder, 'huge.html'), maxReportBytes + 1);
      mkdirSync(join(folder, 'dir'));
      const huge = await runCli(['compare', 'huge.html', 'absent.html', '--max', 'srm=1k'], folder);
      expect(huge.code).toBe(1);
      expect(huge.stdout).toBe('');
      expect(huge.stderr).toContain(`it has ${maxReportBytes + 1} bytes`);
      expect(huge.stderr).toContain('there is no such file');
      expect(huge.stderr).toContain('did you mean sram?');
      const model = await runCli(['compare', digitsInt8, 'dir'], folder);
      expect(model.code).toBe(1);
      expect(model.stderr).toContain('it is no text, so it is no report');
      expect(model.stderr).toContain('of a model, thimble report MODEL makes one');
      expect(model.stderr).toContain('dir"');
    });
  });
});

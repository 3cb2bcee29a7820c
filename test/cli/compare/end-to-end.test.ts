import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { digitsFloat, digitsInt8, inFolder, runCli } from '../run-cli.ts';

it('two reports of thimble are compared, one as JSON and one as a page', async () => {
  await inFolder(async (folder) => {
    const target = ['--target', 'nano33ble'];
    const json = await runCli(['report', digitsFloat, ...target, '--json'], folder);
    writeFileSync(join(folder, 'float.json'), json.stdout);
    const page = await runCli(['report', digitsInt8, ...target, '--out', 'int8.html'], folder);
    expect([json.code, page.code]).toEqual([0, 0]);
    const compare = (before: string, after: string, max: string) => {
      return runCli(['compare', before, after, '--max', max], folder);
    };
    const better = await compare('float.json', 'int8.html', 'arena=+0,latency:nano33ble=+0,sram=64k,macs=+0');
    expect(better.stdout).toMatch(/^arena +9,344 B +4,088 B +-5,256 B/m);
    expect(better.stdout).toMatch(/^latency on nano33ble +[\d.]+ ms +[\d.]+ ms +-[\d.]+ ms/m);
    expect(better.stdout).toMatch(
      /^CONV_2D #1 .* changed +float32 to int8 per channel; parameters 20,832 B to 5,280 B/m,
    );
    expect([better.code, better.stderr]).toEqual([0, '']);
    expect((await compare('int8.html', 'float.json', 'arena=+2%')).code).toBe(3);
    expect((await compare('int8.html', 'float.json', 'accuracy=-1')).code).toBe(1);
    const same = await compare('int8.html', 'int8.html', 'arena=+0,parameters=+0,file=+0');
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('\nno difference\n')]);
  });
});

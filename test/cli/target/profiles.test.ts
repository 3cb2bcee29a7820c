import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { aliasesOf, findByAlias } from '../../../cli/target/alias.ts';
import { builtInProfiles } from '../../../cli/target/load.ts';
import { profileJsonSchema } from '../../../cli/target/schema.ts';
import { targetOf } from '../../../cli/target/target.ts';
import { dataRegions, sramBytesOf } from '../../../converter/plan/target.ts';

const profiles = builtInProfiles();
const mcus = profiles.filter(({ kind }) => kind === 'mcu').map(targetOf);

describe('the profiles that ship', () => {
  it('are at least 32 microcontrollers and 18 phones and boards', () => {
    const others = profiles.filter(({ kind }) => kind !== 'mcu').map(targetOf);
    expect(others.length).toBeGreaterThanOrEqual(18);
    expect(mcus.length).toBeGreaterThanOrEqual(32);
  });

  it('have the names of their files', () => {
    for (const { name } of profiles) {
      const file = new URL(`../../../targets/profiles/${name}.json`, import.meta.url);
      expect(JSON.parse(readFileSync(file, 'utf8')).name).toBe(name);
    }
  });

  it('share no alias, whatever its case', () => {
    const owners = new Map<string, string>();
    const shared = profiles.flatMap((profile) =>
      aliasesOf(profile).flatMap((alias) => {
        const key = alias.toLowerCase();
        const owner = owners.get(key);
        owners.set(key, profile.name);
        return owner === undefined || owner === profile.name ? [] : [`${alias}: ${owner}, ${profile.name}`];
      }),
    );
    expect(shared).toEqual([]);
  });

  it('are found by each of their aliases', () => {
    for (const profile of profiles) {
      for (const alias of aliasesOf(profile)) {
        expect(findByAlias(profiles, alias.toUpperCase()).map(({ name }) => name)).toEqual([profile.name]);
      }
    }
  });

  it('give microcontrollers memory that can hold something', () => {
    for (const target of mcus) {
      expect(dataRegions(target)[0]?.bytes, target.name).toBeGreaterThanOrEqual(2048);
      expect(sramBytesOf(target), target.name).toBeLessThanOrEqual(2 ** 24);
      expect(target.flash?.bytes, target.name).toBeGreaterThan(0);
      expect(
        target.banks.some(({ section, use }) => section === null && use === 'data'),
        target.name,
      ).toBe(true);
    }
  });

  it('give facts of some parts as their makers do', () => {
    const h743 = mcus.find(({ name }) => name === 'stm32h743zi');
    expect(h743?.cores[0]).toMatchObject({ name: 'Cortex-M7', clockHz: 480e6, extensions: ['dsp'] });
    expect(h743?.flash).toEqual({ kind: 'internal', bytes: 2 ** 21, waitStates: 4, cacheBytes: 16384 });
    expect(dataRegions(h743 ?? expect.fail('no profile')).map(({ name, bytes }) => [name, bytes / 1024])).toEqual([
      ['axi', 512],
      ['d2', 288],
      ['dtcm', 128],
      ['d3', 64],
    ]);
  });
});

describe('targets/profiles/schema.json', () => {
  it('is what the schema says; THIMBLE_UPDATE_GOLDEN=1 renews it', () => {
    const file = fileURLToPath(new URL('../../../targets/profiles/schema.json', import.meta.url));
    const schema = JSON.parse(JSON.stringify(profileJsonSchema()));
    const isOld = () => !isDeepStrictEqual(JSON.parse(readFileSync(file, 'utf8')), schema);
    if (process.env.THIMBLE_UPDATE_GOLDEN !== undefined && isOld())
      writeFileSync(file, JSON.stringify(schema, null, 2));
    expect(isOld()).toBe(false);
  });
});

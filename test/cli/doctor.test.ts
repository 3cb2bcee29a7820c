import { expect, it } from 'vitest';
import { runCli, runJson } from './run-cli.ts';
import { doctor } from './schemas.ts';

it('lists every tool with what it enables', async () => {
  const { code, value } = await runJson(['doctor']);
  const { tools } = doctor.parse(value);
  expect(code).toBe(0);
  expect(tools.find(({ name }) => name === 'node')?.found).toBe(true);
  const { stdout } = await runCli(['doctor']);
  for (const { name, enables } of tools) {
    expect(stdout).toContain(name);
    expect(stdout).toContain(enables);
  }
});

import { normalize } from 'node:path';
import { findTools, type Tool } from '../../targets/tools.ts';
import type { Command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type CommandIo, print } from '../io.ts';
import { writeJson } from '../output/json.ts';
import { columns, renderTable } from '../output/table.ts';
import { schemaVersion } from '../report-error.ts';
import { thimbleVersion } from '../version.ts';

/** `thimble doctor`: which optional tools are here, and what each enables. */
export const doctorCommand: Command = {
  name: 'doctor',
  optionNames: [],
  add: (cli, invoke) =>
    cli.command(
      'doctor',
      'Show which compilers, emulators and browsers were found and what each enables',
      (y) => y,
      (args) => invoke((io) => doctor(args.json, io)),
    ),
};

async function doctor(json: boolean, io: CommandIo): Promise<ExitCode> {
  const { tools } = findTools();
  const version = thimbleVersion();
  if (json) await writeJson({ schemaVersion, command: 'doctor', version, tools }, io.stdout);
  else await print(io, doctorText(tools, version, io.color));
  return exitCodes.done;
}

function doctorText(tools: readonly Tool[], version: string, color: boolean): string {
  const rows = tools.map((tool) => {
    const state = tool.found ? tool.version || 'found' : 'missing';
    return [tool.name, state, tool.enables, tool.found ? normalize(tool.path) : ''];
  });
  const table = renderTable(columns(['tool', 'version', 'enables', 'path'], rows), rows, { color });
  const packages = [...new Set(tools.flatMap((tool) => (tool.found ? [] : [tool.debianPackage])))];
  const advice =
    packages.length === 0
      ? 'Everything is here.'
      : `Converting needs none of these. On Debian and Ubuntu the missing ones come with:\n  apt-get install ${packages.join(' ')}`;
  return `thimble ${version}\n\n${table}\n\n${advice}`;
}

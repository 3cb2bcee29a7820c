import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { modelName } from '../../converter/pipeline.ts';
import { isFolder } from '../estimate/folder.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { uniqueFileStems } from '../output/file-name.ts';
import { writeJson } from '../output/json.ts';
import { writeFileAtomically } from '../output/single-file.ts';
import { UsageError } from '../usage.ts';
import { modelReport } from './model-report.ts';
import { packageReport } from './package-report.ts';
import { reportPage } from './page/index.ts';
import type { OptionTable } from './provenance.ts';
import { reportText } from './render.ts';
import type { ReportRequest } from './request.ts';
import { reportElementId } from './schema.ts';

/**
 * Reports on a model or a package: a page, and a few lines of text. With `--json` the report itself is printed, and a page is written
 * where `--out` names one. Throws ProblemError and UsageError.
 */
export async function writeReport(request: ReportRequest, table: OptionTable, io: CommandIo): Promise<void> {
  const path = resolvePath(io, request.model);
  const out = request.out ?? (request.json ? null : defaultName(request.model));
  if (out !== null) checkOutput(out, request.force, io);
  const report = isFolder(path) ? packageReport(path, request, table, io) : await modelReport(request, table, io);
  const page = out === null ? null : reportPage(report);
  if (page !== null && out !== null) writeFileAtomically(resolvePath(io, out), page);
  if (request.json) await writeJson(report, io.stdout);
  else await print(io, reportText(report, out ?? '', Buffer.byteLength(page ?? '')));
}

/** `kws-report.html` for `models/kws.tflite`, in the folder where one is. */
function defaultName(model: string): string {
  return `${uniqueFileStems([modelName(model.replace(/[/\\]+$/, ''))])[0] ?? 'model'}-report.html`;
}

/** Refuses, before any work, a file that is there and is no report, unless `force`. */
function checkOutput(out: string, force: boolean, io: CommandIo): void {
  if (!['.html', '.htm'].includes(extname(out).toLowerCase())) {
    throw new UsageError(`--out ${out} does not end in .html`, 'name a .html file');
  }
  const file = resolvePath(io, out);
  if (force || !existsSync(file)) return;
  if (isFolder(file)) fail('output-exists', fileWhere(file), 'it is a folder', 'choose another name');
  if (Buffer.from(readInputFile(file)).includes(`id="${reportElementId}"`)) return;
  fail('output-exists', fileWhere(file), 'it is no report of thimble', 'choose another name, or add --force');
}

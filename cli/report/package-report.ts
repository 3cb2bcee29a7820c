import { ProblemError } from '../../converter/problem.ts';
import type { CommandIo } from '../io.ts';
import type { OptionTable } from './provenance.ts';
import type { ReportRequest } from './request.ts';
import type { Report } from './schema.ts';

/** The report on a folder that `thimble convert` wrote. */
export function packageReport(path: string, _request: ReportRequest, _table: OptionTable, _io: CommandIo): Report {
  throw new ProblemError({
    code: 'report-folder',
    where: path,
    what: 'folders are not reported on',
    advice: 'give the model',
  });
}

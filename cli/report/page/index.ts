import { type Report, reportElementId } from '../schema.ts';

/** The page of a report: one self-contained HTML file. */
export function reportPage(report: Report): string {
  const json = JSON.stringify(report).replaceAll('<', '\\u003c');
  return [
    '<!doctype html>',
    '<meta charset="utf-8">',
    '<title>thimble report</title>',
    `<script type="application/json" id="${reportElementId}">${json}</script>`,
    '',
  ].join('\n');
}

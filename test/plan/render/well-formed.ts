/**
 * Faults of an XML document without comments, CDATA and document type, as sentences: elements that are not closed in order, attributes
 * that are not well written or there twice, characters and entities that XML 1.0 forbids.
 */
export function xmlFaults(text: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  let roots = 0;
  const content = (data: string): void => {
    if (/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/.test(data))
      faults.push(`bare & in ${JSON.stringify(data)}`);
    if (data.includes('<')) faults.push(`bare < in ${JSON.stringify(data)}`);
  };
  if (/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(text))
    faults.push('a character that XML does not have');
  for (const [, data = '', tag] of text.matchAll(/([^<]*)(?:<((?:"[^"]*"|[^<>"])*)>|$)/gy)) {
    content(data);
    if (open.length === 0 && data.trim() !== '') faults.push(`text outside the root: ${JSON.stringify(data)}`);
    if (tag === undefined) continue;
    const [, slash = '', name = '', attributes = '', empty = ''] =
      /^(\/?)([A-Za-z][\w:-]*)(.*?)(\/?)$/s.exec(tag) ?? [];
    if (name === '') faults.push(`no tag: ${tag}`);
    else if (slash === '/') {
      if (open.pop() !== name) faults.push(`</${name}> closes nothing`);
      continue;
    }
    if (open.length === 0) roots++;
    if (empty === '') open.push(name);
    const found = [...attributes.matchAll(/\s+([A-Za-z][\w:-]*)="([^"]*)"/gy)];
    if (found.map(([all]) => all).join('') !== attributes.trimEnd()) faults.push(`attributes of <${tag}>`);
    if (new Set(found.map(([, key]) => key)).size !== found.length) faults.push(`an attribute twice in <${tag}>`);
    for (const [, , value = ''] of found) content(value);
  }
  if (open.length > 0) faults.push(`not closed: ${open.join(', ')}`);
  if (roots !== 1) faults.push(`${roots} root elements`);
  return faults;
}

// SPDX-License-Identifier: Apache-2.0
// Indents JSON without reading its values: numbers keep their digits, repeated keys stay, the order stays.

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gu;

/// The indented text, or null when `text` is no JSON.
export function indented(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const out = [];
  let depth = 0;
  let before = '';
  const line = () => out.push('\n', '  '.repeat(Math.min(depth, 100)));
  for (const [token] of text.matchAll(TOKEN)) {
    const closes = token === '}' || token === ']';
    if (closes) {
      depth -= 1;
      if (before !== '{' && before !== '[') line();
    } else if (before === '{' || before === '[' || before === ',') {
      line();
    }
    out.push(token === ':' ? ': ' : token);
    if (token === '{' || token === '[') depth += 1;
    before = token;
  }
  return out.join('');
}

// SPDX-License-Identifier: Apache-2.0
// Stacked bars by hand. Each chart is an image with a name; the table beside it says the same in numbers.
import {el, svg, table} from './dom.js';
import {minuteText, time, timeText} from './format.js';

const WIDTH = 900;
const HEIGHT = 200;
const LEFT = 46;
const BOTTOM = 22;

/// The next of 1, 2, 4, 6, 8, 10, 20, 40, … at or above `value`.
export function roundUp(value) {
  if (value <= 1) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].map((step) => step * magnitude).find((step) => step >= value);
}

/// `stats`: the API's. Every bucket of the span has its place, empty ones too.
export function outcomeChart(stats, outcomes) {
  const since = new Date(stats.since).getTime();
  const until = new Date(stats.until).getTime();
  const width_ms = stats.bucketSeconds * 1000;
  const total = (bucket) => Object.values(bucket.outcomes).reduce((sum, count) => sum + count, 0);
  const top = roundUp(Math.max(1, ...stats.buckets.map(total)));
  const x = (at) => LEFT + Math.max(0, at - since) / (until - since) * (WIDTH - LEFT);
  const y = (count) => HEIGHT - BOTTOM - count / top * (HEIGHT - BOTTOM - 8);
  const bars = stats.buckets.map((bucket) => {
    const at = new Date(bucket.at).getTime();
    let stacked = 0;
    return svg('g', {}, svg('title', {}, `${timeText(bucket.at)}: ${Object.entries(bucket.outcomes).map(([word, n]) => `${n} ${word}`).join(', ')}`),
      outcomes.filter((word) => bucket.outcomes[word]).map((word) => {
        const from = stacked;
        stacked += bucket.outcomes[word];
        return svg('rect', {class: `bar is-${word}`, x: x(at), y: y(stacked), height: Math.max(0, y(from) - y(stacked)),
          width: Math.max(1.5, x(Math.min(at + width_ms, until)) - x(at) - 1)});
      }));
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => since + share * (until - since));
  return svg('svg', {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'chart', role: 'img', 'aria-label': 'Events by outcome over time; the table below says the same'},
    [0, top / 2, top].map((count) => [svg('line', {class: 'grid', x1: LEFT, x2: WIDTH, y1: y(count), y2: y(count)}),
      svg('text', {x: LEFT - 6, y: y(count) + 4, 'text-anchor': 'end'}, Number.isInteger(count) ? count.toLocaleString('en') : '')]),
    ticks.map((at, i) => svg('text', {x: x(at), y: HEIGHT - 4, 'text-anchor': i === 0 ? 'start' : i === 4 ? 'end' : 'middle'},
      minuteText(new Date(at), until - since > 12 * 3_600_000))),
    bars);
}

export function outcomeTable(stats, outcomes) {
  const used = outcomes.filter((word) => stats.outcomes[word]);
  return el('details', {}, el('summary', {}, 'The same as a table'),
    table('Events by outcome over time', ['From', ...used],
      stats.buckets.map((bucket) => [time(bucket.at), ...used.map((word) => String(bucket.outcomes[word] ?? 0))])));
}

/// One horizontal bar per row [{label, count, class}], with the number beside it.
export function shares(title, rows) {
  const top = Math.max(1, ...rows.map((row) => row.count));
  return el('table', {class: 'shares'}, el('caption', {class: 'unseen'}, title),
    el('thead', {class: 'unseen'}, el('tr', {}, el('th', {scope: 'col'}, 'What'), el('th', {scope: 'col'}, 'How many'))),
    el('tbody', {}, rows.map((row) => el('tr', {}, el('th', {scope: 'row'}, row.label),
      el('td', {}, el('div', {class: 'share-line'}, svg('svg', {viewBox: '0 0 100 10', preserveAspectRatio: 'none', class: 'share', 'aria-hidden': 'true'},
        svg('rect', {class: `bar is-${row.class ?? 'plain'}`, width: row.count / top * 100, height: 10})), el('span', {}, row.count.toLocaleString('en'))))))));
}

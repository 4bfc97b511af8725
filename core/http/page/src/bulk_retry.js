// SPDX-License-Identifier: Apache-2.0
// Retry by filter: counts first, then asks, then shows how far it is.
import {get, part, post, sentence} from './api.js';
import {button, el, fill, hint} from './dom.js';
import {REASONS, fullTime, plural} from './format.js';
import {announce, dialog, note} from './notes.js';

const POLL_MS = 500;

function filterForm(params) {
  const field = (name, label, control) => el('div', {class: 'field'}, el('label', {for: `bulk-${name}`}, label), control);
  const option = (value, label, chosen) => el('option', {value, selected: value === chosen}, label);
  const text = (name) => el('input', {type: 'text', id: `bulk-${name}`, name, value: params[name] ?? '', autocomplete: 'off'});
  const state = ['exhausted', 'cancelled', 'scheduled', 'succeeded'].includes(params.state) ? params.state : '';
  return el('form', {class: 'bulk-form'},
    field('state', 'State', el('select', {id: 'bulk-state', name: 'state'}, option('', 'ended without success', state),
      ['exhausted', 'cancelled', 'scheduled', 'succeeded'].map((word) => option(word, word, state)))),
    field('reason', 'Ended because', el('select', {id: 'bulk-reason', name: 'reason'}, option('', 'any', params.reason ?? ''),
      Object.keys(REASONS).map((word) => option(word, word, params.reason ?? '')))),
    field('project', 'Project', text('project')), field('warehouse', 'Warehouse', text('warehouse')));
}

function filterOf(form, params) {
  const filter = {};
  for (const name of ['state', 'reason', 'project', 'warehouse']) {
    const value = form.elements[name].value.trim();
    if (value !== '') filter[name] = value;
  }
  for (const name of ['since', 'until']) if (params[name]) filter[name] = params[name];
  return filter;
}

/// Asks again and again until the operation has ended; `stopped()` ends the asking, not the operation.
async function follow(operation, show, stopped) {
  let now = operation;
  show(now);
  while (now.state === 'running' && !stopped()) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    now = await get(`operations/${part(operation.id)}`);
    show(now);
  }
  return now;
}

function progress(operation) {
  const handled = operation.done + operation.failed;
  return [
    el('progress', {max: Math.max(operation.count, 1), value: handled, 'aria-label': 'Progress'}),
    el('p', {}, `${handled.toLocaleString('en')} of ${plural(operation.count, 'delivery', 'deliveries')}`,
      operation.failed > 0 ? `, ${operation.failed.toLocaleString('en')} of them could not be retried` : '',
      operation.state === 'running' ? '' : ` \u2014 ${operation.state}`, operation.error ? `: ${operation.error}` : '')];
}

/// `params`: the filters of the list that the person looks at.
export async function retryMany(params) {
  let open = true;
  await dialog('Retry many deliveries', (close) => {
    const form = filterForm(params);
    const result = el('div', {'aria-live': 'polite'});
    const run = async (filter) => {
      const operation = await post('deliveries/retry', {filter, dryRun: false});
      fill(buttons, button('Stop it', () => post(`operations/${part(operation.id)}/cancel`).catch((failure) => note(sentence(failure), 'bad'))),
        button('Close', () => close(), {class: 'quiet'}));
      const ended = await follow(operation, (now) => fill(result, progress(now)), () => !open);
      fill(buttons, button('Close', () => close(), {class: 'primary'}));
      announce(`Retry ${ended.state}: ${ended.done} of ${ended.count}`);
    };
    const guarded = (work) => work().catch((failure) => fill(result, el('p', {class: 'notice bad', role: 'alert'}, sentence(failure))));
    const count = async () => {
      const filter = filterOf(form, params);
      const {count: found} = await post('deliveries/retry', {filter, dryRun: true});
      fill(result, el('p', {}, el('strong', {}, plural(found, 'delivery', 'deliveries')), found === 1 ? ' fits.' : ' fit.',
        ' Each becomes due now; deliveries of one Warehouse share a refresh.'));
      fill(buttons, button('Not now', () => close(), {class: 'quiet'}), button('Count again', () => guarded(count)),
        found > 0 && button(`Retry ${plural(found, 'delivery', 'deliveries')}`, () => guarded(() => run(filter)), {class: 'primary'}));
    };
    const buttons = el('div', {class: 'actions end'}, button('Not now', () => close(), {class: 'quiet'}),
      button('Count', () => guarded(count), {class: 'primary'}));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      guarded(count);
    });
    const span = [params.since && ['since ', fullTime(params.since)], params.until && [' until ', fullTime(params.until)]].filter(Boolean);
    return [form, span.length > 0 && hint('Created ', span), result, buttons];
  });
  open = false;
}

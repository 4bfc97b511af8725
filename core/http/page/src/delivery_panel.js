// SPDX-License-Identifier: Apache-2.0
// One delivery: its state, its attempts on a time line, the events it was owed for.
import {cancel, hasEnded, operateButton, retry} from './actions.js';
import {get, part, sentence} from './api.js';
import {button, el, facts, fill, hint, section, svg} from './dom.js';
import {REASONS, STATES, badge, duration, fullTime, plural, projectName, relative, time} from './format.js';

const LISTED_EVENTS = 50;
const WIDTH = 600;

/// Dots on a line from creation to end (or now). Hidden from screen readers: the list below it says the same.
function timeLine(delivery) {
  const begin = new Date(delivery.createdAt).getTime();
  const end = Math.max(new Date(delivery.endedAt ?? Date.now()).getTime(), begin + 1,
    ...delivery.attemptLog.map((one) => new Date(one.startedAt).getTime() + one.durationMs));
  const x = (at) => 10 + (new Date(at).getTime() - begin) / (end - begin) * (WIDTH - 20);
  return svg('svg', {viewBox: `0 0 ${WIDTH} 34`, class: 'time-line', 'aria-hidden': 'true'},
    svg('line', {x1: 10, x2: WIDTH - 10, y1: 12, y2: 12, class: 'axis'}),
    delivery.attemptLog.map((one) => svg('line', {x1: x(one.startedAt), y1: 12, y2: 12, class: `span is-${one.outcome}`,
      x2: Math.max(x(one.startedAt) + 1, 10 + (new Date(one.startedAt).getTime() + one.durationMs - begin) / (end - begin) * (WIDTH - 20))})),
    delivery.attemptLog.map((one) => svg('circle', {cx: x(one.startedAt), cy: 12, r: 5, class: `dot is-${one.outcome}`},
      svg('title', {}, `Attempt ${one.number}: ${one.outcome}`))),
    svg('text', {x: 6, y: 31}, 'created'),
    svg('text', {x: WIDTH - 6, y: 31, 'text-anchor': 'end'}, delivery.endedAt ? `ended after ${duration(end - begin)}` : 'now'));
}

function attemptItem(attempt, delivery) {
  return el('li', {class: 'attempt'},
    el('p', {class: 'line'}, el('strong', {}, `#${attempt.number}`), badge(attempt.outcome, ''), time(attempt.startedAt),
      el('span', {class: 'sub'}, `${duration(new Date(attempt.startedAt) - new Date(delivery.createdAt))} after it was owed, took ${duration(attempt.durationMs)}`),
      attempt.status !== null && el('span', {class: 'mono'}, `status ${attempt.status}`),
      attempt.node && el('span', {class: 'sub'}, `on ${attempt.node}`)),
    attempt.detail && el('pre', {class: 'short', tabindex: '0', 'aria-label': `What attempt ${attempt.number} met`}, attempt.detail));
}

/// What the controller behind the refreshed object has shown of it; nothing where there is none.
function handled(delivery) {
  if (delivery.confirmation === 'awaited') return 'not yet';
  if (delivery.confirmation === 'missed') return 'not handled within 10 minutes';
  return delivery.handledAt && [fullTime(delivery.handledAt), ` (${duration(delivery.handledAfterMs)} after the event)`];
}

export class DeliveryPanel {
  #shell;
  #delivery = null;
  #abort = new AbortController();
  #heading = el('h2', {tabindex: '-1'}, 'Delivery');

  constructor(shell, id) {
    this.#shell = shell;
    this.id = id;
    this.element = el('article', {class: 'panel', 'aria-label': 'One delivery'});
    fill(this.element, this.#bar(), hint('Loading\u2026'));
    this.#load(true);
  }

  destroy() {
    this.#abort.abort();
  }

  refresh() {
    return this.#load(false);
  }

  /// A delivery changed; its attempts are not part of the message.
  delivery(changed) {
    if (changed.id === this.id) this.#load(false);
  }

  #bar() {
    return el('div', {class: 'panel-bar'}, this.#heading,
      el('a', {class: 'button quiet', href: this.#shell.href({delivery: null}), 'aria-label': 'Close this delivery'}, 'Close'));
  }

  async #load(first) {
    try {
      this.#delivery = await get(`deliveries/${part(this.id)}`, {}, this.#abort.signal);
      this.#draw();
    } catch (failure) {
      if (failure.name === 'AbortError' || !first) return;
      fill(this.element, this.#bar(), hint(sentence(failure)), button('Try again', () => this.#load(true)));
    }
    if (first) this.#heading.focus({preventScroll: true});
  }

  #draw() {
    const delivery = this.#delivery;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.textContent : null;
    fill(this.#heading, projectName(delivery.project, delivery.warehouse));
    const act = (verb) => async () => {
      const result = await verb(delivery);
      if (result && result.id !== this.id) this.#shell.go({delivery: result.id});
      else if (result) this.refresh();
    };
    fill(this.element, this.#bar(),
      el('p', {class: 'lead'}, badge(delivery.state), ' ', STATES[delivery.state],
        delivery.reason ? ` \u2014 ${REASONS[delivery.reason] ?? delivery.reason} (${delivery.reason})` : ''),
      delivery.state !== 'running' && el('div', {class: 'actions'},
        operateButton(this.#shell, hasEnded(delivery) ? 'Retry' : 'Try now', act(retry), {class: 'primary'}),
        !hasEnded(delivery) && operateButton(this.#shell, 'Cancel', act(cancel))),
      delivery.lastError && delivery.state !== 'succeeded' && el('p', {class: 'notice bad'}, delivery.lastError),
      facts([
        ['Refresher', delivery.refresher],
        ['Due', delivery.state === 'scheduled' ? [fullTime(delivery.dueAt), ` (${relative(delivery.dueAt)})`] : null],
        ['Owed since', fullTime(delivery.createdAt)], ['Started', fullTime(delivery.startedAt)], ['Ended', fullTime(delivery.endedAt)],
        ['Handled by the target', handled(delivery)], ['Attempts', String(delivery.attempts)],
        ['Events', String(delivery.eventCount)], ['Id', el('span', {class: 'mono'}, delivery.id)]]),
      section('Attempts', delivery.attemptLog.length === 0 ? hint('None yet.') : [timeLine(delivery),
        el('ol', {class: 'plain-list attempts'}, delivery.attemptLog.map((one) => attemptItem(one, delivery)))]),
      section('Owed for', el('ul', {class: 'plain-list'}, delivery.events.slice(0, LISTED_EVENTS).map((id) =>
        el('li', {}, el('a', {class: 'mono', href: this.#shell.link('events', {event: id})}, id)))),
        delivery.eventCount > Math.min(LISTED_EVENTS, delivery.events.length) &&
          hint(`and ${plural(delivery.eventCount - Math.min(LISTED_EVENTS, delivery.events.length), 'more event')}`),
        delivery.eventCount === 0 && hint('No event: somebody asked for it.')));
    if (focused !== null) {
      [...this.element.querySelectorAll('button, a, h2')].find((one) => one.textContent === focused)?.focus({preventScroll: true});
    }
  }
}

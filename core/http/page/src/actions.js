// SPDX-License-Identifier: Apache-2.0
// What an operator can do by hand. Each tells what came of it, in a sentence.
import {part, post, sentence} from './api.js';
import {button} from './dom.js';
import {plural, projectName} from './format.js';
import {confirmed, note} from './notes.js';

/// A button that changes something: disabled for a token that may only read, and while it works.
export function operateButton(shell, label, action, attributes = {}) {
  const one = button(label, async () => {
    one.disabled = true;
    try {
      await action();
    } catch (failure) {
      note(sentence(failure), 'bad');
    }
    one.disabled = false;
  }, attributes);
  if (shell.readOnly) {
    one.disabled = true;
    one.title = 'This needs a token of scope operate.';
  }
  return one;
}

const ENDED = ['succeeded', 'exhausted', 'cancelled'];

export function hasEnded(delivery) {
  return ENDED.includes(delivery.state);
}

export async function retry(delivery) {
  const name = projectName(delivery.project, delivery.warehouse);
  if (delivery.state === 'succeeded' &&
      !await confirmed('Refresh again?', `${name} has been refreshed by this delivery. Retry refreshes it once more.`, 'Retry')) {
    return null;
  }
  const result = await post(`deliveries/${part(delivery.id)}/retry`);
  note(result.id === delivery.id ? `${name} is due now.`
                                 : `${name} already has a delivery that waits; that one is due now.`);
  return result;
}

export async function cancel(delivery) {
  const name = projectName(delivery.project, delivery.warehouse);
  if (!await confirmed('Cancel this delivery?',
    `${name} will not be refreshed for the events that this delivery has gathered. A later event owes a new refresh.`, 'Cancel it')) {
    return null;
  }
  const result = await post(`deliveries/${part(delivery.id)}/cancel`);
  note(`The delivery to ${name} is cancelled.`);
  return result;
}

export async function replay(event) {
  if (!await confirmed('Replay this event?',
    'Its body is read again by today\u2019s adapter and matched with today\u2019s Warehouses. What matches is refreshed. ' +
    'It becomes a new event; this one stays as it is.', 'Replay')) {
    return null;
  }
  const result = await post(`events/${part(event.id)}/replay`);
  note(`Replayed: ${result.outcome}, ${plural(result.warehouses, 'Warehouse')}.`);
  return result;
}

export async function refreshNow(warehouse) {
  const result = await post(`warehouses/${part(warehouse.project)}/${part(warehouse.name)}/refresh`);
  note(`A refresh of ${projectName(warehouse.project, warehouse.name)} is due now.`);
  return result;
}

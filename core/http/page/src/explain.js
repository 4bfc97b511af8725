// SPDX-License-Identifier: Apache-2.0
// Why an event refreshed what it did, Warehouse by Warehouse, in words.
import {el, hint} from './dom.js';
import {OUTCOMES, artifactText, plural, projectName} from './format.js';

function reasonItem(reason, artifacts) {
  const artifact = artifacts[reason.artifact];
  return el('li', {class: reason.takes ? 'takes' : 'leaves'},
    el('span', {class: 'verdict'}, reason.takes ? 'takes it' : 'leaves it'),
    el('span', {}, reason.detail),
    el('span', {class: 'sub'}, `subscription ${reason.subscription + 1} to `, el('span', {class: 'mono'}, reason.repository),
      artifact && artifacts.length > 1 ? [' \u2190 ', el('span', {class: 'mono'}, artifactText(artifact))] : null,
      ` \u00b7 ${reason.code}`));
}

function warehouseItem(warehouse, artifacts) {
  return el('li', {class: warehouse.matched ? 'matched' : 'unmatched'},
    el('p', {class: 'explain-head'},
      el('span', {class: `badge is-${warehouse.matched ? 'matched' : 'unmatched'}`}, warehouse.matched ? 'matches' : 'does not match'),
      el('strong', {class: 'mono'}, projectName(warehouse.project, warehouse.name))),
    el('ul', {class: 'reasons'}, warehouse.reasons.map((reason) => reasonItem(reason, artifacts))));
}

/// `answer`: what the API's explain says.
export function explanation(answer) {
  const matched = answer.warehouses.filter((one) => one.matched).length;
  return el('div', {class: 'explain'},
    el('p', {}, `With generation ${answer.generation} of the configuration the outcome is `,
      el('strong', {}, answer.outcome), `: ${OUTCOMES[answer.outcome] ?? ''}`, answer.reason ? ` (${answer.reason})` : '', '.'),
    answer.note && el('p', {class: 'notice'}, answer.note),
    answer.warehouses.length > 0 &&
      el('p', {}, `${plural(matched, 'Warehouse')} of ${answer.warehousesTotal.toLocaleString('en')} ${matched === 1 ? 'takes' : 'take'} it.`),
    el('ul', {class: 'explain-list'}, answer.warehouses.map((one) => warehouseItem(one, answer.artifacts))),
    answer.truncated && hint(`Only the first ${answer.warehouses.length} Warehouses are listed.`));
}

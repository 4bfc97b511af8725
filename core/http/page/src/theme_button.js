// SPDX-License-Identifier: Apache-2.0
import {button, el, fill} from './dom.js';

const NEXT = {system: 'light', light: 'dark', dark: 'system'};

/// Goes round: as the system has it, light, dark.
export function themeButton() {
  const current = () => document.documentElement.dataset.theme ?? 'system';
  const one = button('', () => {
    const theme = NEXT[current()];
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem('landfall.theme', theme);
    } catch {
      // Then it lasts as long as the page.
    }
    label();
  }, {class: 'quiet theme'});
  const label = () => fill(one, el('span', {class: 'theme-word'}, 'Theme: '), current());
  label();
  return one;
}

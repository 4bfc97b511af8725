// SPDX-License-Identifier: Apache-2.0
// Not a module: it runs before the first paint, so that nobody is blinded by the wrong scheme.
try {
  const theme = localStorage.getItem('landfall.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden here: the system's scheme counts.
}

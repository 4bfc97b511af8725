// SPDX-License-Identifier: Apache-2.0
// first_paint.mjs URL ROUNDS: when Chromium first paints the page, with an empty cache each time; a line of JSON for each.
import {createRequire} from 'node:module';

const require = createRequire(new URL('../browser/package.json', import.meta.url));
const {chromium} = require('playwright-core');

const [url, rounds] = process.argv.slice(2);
const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox']});
for (let round = 0; round < Number(rounds); ++round) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('main').first().waitFor();
  const result = await page.evaluate(async () => {
    const painted = () => performance.getEntriesByType('paint');
    while (painted().length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    const at = (name) => Math.round(painted().find((entry) => entry.name === name).startTime);
    const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .filter((entry) => !entry.name.includes('/api/'));
    return {first_paint_ms: at('first-paint'), first_contentful_paint_ms: at('first-contentful-paint'),
      bytes: loaded.reduce((sum, entry) => sum + entry.transferSize, 0)};
  });
  process.stdout.write(`${JSON.stringify(result)}\n`);
  await context.close();
}
await browser.close();

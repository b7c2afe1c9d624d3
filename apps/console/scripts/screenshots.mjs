/**
 * The pictures of docs/screenshots, taken from a hub that runs: `node apps/console/scripts/screenshots.mjs [URL]`.
 * Plays a short conversation first; better with a fresh DATA_DIR, because what is there is in the picture.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const url = process.argv[2] ?? 'http://127.0.0.1:3001';
const folder = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
const desktop = { width: 1280, height: 760 };
const page = await browser.newPage({ viewport: desktop, colorScheme: 'light' });

/** A palette is enough for what is mostly flat colour: a quarter of the size. */
const take = async (name, of = page) => {
  const { size } = await sharp(await of.screenshot())
    .png({ palette: true, quality: 90, effort: 10 })
    .toFile(`${folder}${name}.png`);
  process.stdout.write(`${name}.png  ${Math.round(size / 1024)} kB\n`);
};
const customer = page.getByRole('textbox', { name: 'Write as the customer' });
const agent = page.getByRole('textbox', { name: /Reply to the customer|A note that only agents see/ });
const seenBy = (side, text) =>
  page
    .getByRole('log', { name: `Messages with the ${side}` })
    .getByText(text)
    .waitFor();
const write = async (field, text) => {
  await field.fill(text);
  await field.press('Enter');
};

await page.goto(`${url}/#/demo`);
await write(customer, 'Hello, my parcel should have been here on Monday.');
await seenBy('customer', 'my parcel');
await write(agent, 'Hello Ada, let me have a look.');
await seenBy('agent', 'have a look');
await page.getByLabel('Assignee').selectOption({ index: 1 });
await page
  .getByRole('log', { name: 'Messages with the customer' })
  .getByText(/Assigned to/)
  .waitFor();
await page.getByLabel('Private note').check();
await write(agent, 'The carrier lost it twice before; send a new one.');
await page.getByLabel('Private note').uncheck();
await write(agent, 'A new one is on its way, with our apologies.');
await seenBy('agent', 'on its way');
await page.getByRole('region', { name: 'Conversations' }).getByText(', online').first().waitFor({ state: 'attached' });
await customer.pressSequentially('Thank');
await page.getByText(/is typing/).waitFor();
await take('demo');

await page.getByRole('button', { name: 'Cut the connection of the customer' }).click();
await write(agent, 'You will have it tomorrow.');
await write(agent, 'Is there anything else?');
await seenBy('customer', 'anything else');
await page.getByRole('button', { name: 'Back now' }).click();
await page.getByText(/frames came back/).waitFor();
await page.emulateMedia({ colorScheme: 'dark' });
await take('recovery-dark');
await page.emulateMedia({ colorScheme: 'light' });

await page.getByRole('link', { name: 'Events' }).click();
await page.getByRole('listbox').getByRole('option').filter({ hasText: 'You will have it' }).click();
await page.locator('details').first().waitFor();
await take('events');

await page.getByRole('link', { name: 'Health' }).click();
await page.locator('figure canvas').first().waitFor();
await page.emulateMedia({ colorScheme: 'dark' });
await take('health-dark');

const phone = await browser.newPage({ viewport: { width: 375, height: 720 }, colorScheme: 'light' });
await phone.goto(`${url}/#/demo`);
await phone.getByRole('region', { name: 'Conversations' }).getByRole('listitem').first().getByRole('button').click();
await phone.getByRole('log').getByText('anything else').waitFor();
await take('phone', phone);
await browser.close();

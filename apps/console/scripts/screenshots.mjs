/**
 * The pictures of docs/screenshots, taken from a hub that runs: `node apps/console/scripts/screenshots.mjs [URL]`.
 * Plays a conversation first. What is there is in the picture: best with a fresh DATA_DIR, after `npm run demo` and `bin/hub replay`.
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
const page = await browser.newPage({
  viewport: { width: 1280, height: 720 },
  deviceScaleFactor: 2,
  colorScheme: 'light',
});

const take = async (name, of = page) => {
  const picture = sharp(await of.screenshot()).webp({ quality: 82, effort: 6 });
  const { size } = await picture.toFile(`${folder}${name}.webp`);
  process.stdout.write(`${name}.webp  ${Math.round(size / 1024)} kB\n`);
};
/** One moment in both colours. */
const takeBoth = async (name) => {
  await take(name);
  await page.emulateMedia({ colorScheme: 'dark' });
  await take(`${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
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
const inbox = page.getByRole('region', { name: 'Conversations' });

/** A customer who is served already, so that the list has more than one. */
const another = async (name, text) => {
  const other = await browser.newPage();
  await other.goto(`${url}/#/demo`);
  await other.getByLabel('Customer’s name').fill(name);
  await write(other.getByRole('textbox', { name: 'Write as the customer' }), text);
  await inbox.getByText(text).waitFor();
  return other;
};

await page.goto(`${url}/#/demo`);
await another('Grace Hopper', 'Can I change the address of my order?');
const alan = await another('Alan Turing', 'The code for the door does not work');
await alan.close();
await write(customer, 'Hello, my parcel should have been here on Monday.');
await seenBy('customer', 'my parcel');
await write(agent, 'Hello Ada, let me have a look.');
await seenBy('agent', 'have a look');
await page.getByLabel('Assignee').selectOption({ index: 1 });
await page
  .getByRole('log', { name: 'Messages with the customer' })
  .getByText(/assigned/)
  .waitFor();
await page.getByLabel('Private note').check();
await write(agent, 'The carrier lost it twice before; send a new one.');
await page.getByLabel('Private note').uncheck();
await write(agent, 'A new one is on its way, with our apologies.');
await seenBy('agent', 'on its way');
await inbox.getByText(', online').first().waitFor({ state: 'attached' });
await page.getByRole('button', { name: 'Cut the connection of the customer' }).click();
await write(agent, 'You will have it tomorrow.');
await write(agent, 'Is there anything else?');
await seenBy('customer', 'anything else');
await page.getByRole('button', { name: 'Back now' }).click();
await page.getByText(/frames came back/).waitFor();
await page.bringToFront();
await customer.pressSequentially('Thank you');
await page.getByTitle('read').last().waitFor();
await page
  .getByText(/is typing/)
  .first()
  .waitFor();
await takeBoth('demo');

await page.getByRole('link', { name: 'Events' }).click();
await page.getByRole('listbox').getByRole('option').filter({ hasText: 'You will have it' }).click();
await page.locator('summary').first().click();
await page.getByLabel('Frame for agents').waitFor();
await take('events');

await page.getByRole('link', { name: 'Health' }).click();
await page.locator('figure canvas').first().waitFor();
await take('health');

const phone = await browser.newPage({
  viewport: { width: 390, height: 780 },
  deviceScaleFactor: 2,
  colorScheme: 'light',
});
await phone.goto(`${url}/#/demo`);
await phone
  .getByRole('region', { name: 'Conversations' })
  .getByRole('button', { name: /anything else/ })
  .click();
await phone.getByRole('log').getByText('anything else').waitFor();
await phone.getByText('online', { exact: true }).waitFor();
await take('phone', phone);
await browser.close();

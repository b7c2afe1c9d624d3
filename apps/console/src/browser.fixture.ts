/** Chromium with pages that are watched: what they complain of fails the specification. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    // Chromium's sandbox refuses to run as root, which is what containers are.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });

export type WatchedPage = { readonly page: Page; readonly complaints: readonly string[] };

/** A page in a context of its own, as another person's browser. */
export const openPage = async (browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 820 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (line) => {
    if (['error', 'warning'].includes(line.type())) complaints.push(line.text());
  });
  return { page, complaints };
};

/** What axe finds wrong by WCAG 2.1 AA: rule and place. */
export const accessibilityFaults = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })`,
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
};

/** The console's places, by the names that people read and hear. */
export const places = (page: Page) => ({
  inbox: page.getByRole('region', { name: 'Agent’s inbox' }),
  conversations: page.getByRole('region', { name: 'Conversations' }),
  agentThread: page.getByRole('log', { name: 'Messages with the customer' }),
  agentText: page.getByRole('textbox', { name: /Reply to the customer|A note that only agents see/ }),
  status: page.getByLabel('Status of the conversation'),
  availability: page.getByLabel('Your availability'),
  assignee: page.getByLabel('Assignee'),
  team: page.getByLabel('Team'),
  chat: page.getByRole('region', { name: 'Customer’s chat' }),
  customerThread: page.getByRole('log', { name: 'Messages with the agent' }),
  customerText: page.getByRole('textbox', { name: 'Write as the customer' }),
  customerName: page.getByLabel('Customer’s name'),
  log: page.getByRole('listbox', { name: 'Events, the newest first' }),
});

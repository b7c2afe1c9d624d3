/** The stage of the specifications: a hub, a browser, and pages whose complaints fail the specification they come from. */
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { openPage, places, startBrowser, type WatchedPage } from './browser.fixture.ts';
import { startHub, type HubProcess } from './hub.fixture.ts';

export type Stage = ReturnType<typeof useStage>;

/** To be called once, at the top of a specification. */
export const useStage = () => {
  let hub: HubProcess;
  let browser: Browser;
  let opened: WatchedPage[] = [];
  let expected: RegExp | null = null;

  beforeAll(async () => {
    hub = await startHub();
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await hub.stop();
  });
  afterEach(async () => {
    const complaints = opened.flatMap((one) => one.complaints);
    for (const { page } of opened) await page.context().close();
    opened = [];
    const unexpected = complaints.filter((complaint) => expected === null || !expected.test(complaint));
    expected = null;
    expect(unexpected).toEqual([]);
  });

  /** A page in a browser of its own. */
  const visit = async (path = '/', options: Parameters<typeof openPage>[1] = {}): Promise<Page> => {
    const watched = await openPage(browser, options);
    opened.push(watched);
    await watched.page.goto(`${hub.url}${path}`);
    return watched.page;
  };

  /** A customer in one browser, and the agent who opened their conversation in another. */
  const conversation = async () => {
    const [agent, customer] = await Promise.all([visit('/#/demo'), visit('/#/demo')]);
    const name = `Ada ${randomUUID().slice(0, 8)}`;
    await places(customer).customerName.fill(name);
    await send(customer, 'customerText', 'Is anybody there?');
    const row = places(agent).conversations.getByRole('button', { name: new RegExp(`${name} ?,`) });
    await row.click();
    await places(agent).agentThread.getByText('Is anybody there?').waitFor();
    // What is told to whoever is there then, and never again, finds both.
    for (const side of [places(agent).inbox, places(customer).chat])
      await side.getByText('Connected', { exact: true }).waitFor();
    return { agent, customer, row, name };
  };

  /** What the specification makes a browser complain of; everything else fails it. */
  const expectComplaints = (pattern: RegExp): void => void (expected = pattern);

  return { hub: () => hub, url: () => hub.url, visit, conversation, expectComplaints };
};

export const send = async (page: Page, who: 'agentText' | 'customerText', text: string): Promise<void> => {
  await places(page)[who].fill(text);
  await places(page)[who].press('Enter');
};

/** Looks again and again, for as long as a page may take. */
export const eventually = <Value>(look: () => Value | Promise<Value>, timeout = 15_000) =>
  expect.poll(look, { timeout });

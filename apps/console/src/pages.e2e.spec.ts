import { randomUUID } from 'node:crypto';
import { connectNats, natsSignals } from '@cablehub/log';
import { describe, expect, it } from 'vitest';
import { accessibilityFaults, places } from './browser.fixture.ts';
import { eventually, send, useStage } from './stage.fixture.ts';

const { hub, url, visit, conversation, expectComplaints } = useStage();

describe('the event log', () => {
  it('shows events as they are recorded, and what each told whom', async () => {
    const { agent, customer } = await conversation();
    await customer.getByRole('link', { name: 'Events' }).click();
    const { log } = places(customer);
    await customer.getByText('Live', { exact: true }).waitFor();
    await send(agent, 'agentText', 'Seen in the log');
    const row = log.getByRole('option').filter({ hasText: 'Seen in the log' });
    await row.click();
    const panel = customer.getByRole('complementary', { name: 'The event' });
    await panel.getByText('message.created').first().waitFor();
    await panel.locator('.lane', { hasText: 'agents' }).waitFor();
    await panel.locator('.lane', { hasText: /contact\.\d+/ }).waitFor();
    await panel.getByText('to John (user 1)').waitFor();
    await panel.locator('summary').first().click();
    await panel.getByLabel('Frame for agents').getByText('"event": "message.created"').waitFor();
    expect(await customer.content()).not.toMatch(/"pubsub_token": "[^…"]/);
  });

  it('shows only what passes the filter', async () => {
    await conversation();
    const page = await visit('/#/events');
    await page.getByLabel('Type of event').selectOption('contact.');
    await page.getByLabel('About').fill('contact.1');
    await eventually(() => places(page).log.getByRole('option').allInnerTexts()).toHaveLength(1);
    await page.getByLabel('About').fill('contact.999999');
    await page.getByText('No event passes this filter').waitFor();
  });

  it('lets nothing through live that does not pass, nor anything while it pauses', async () => {
    const { agent } = await conversation();
    const page = await visit('/#/events');
    await page.getByLabel('Type of event').selectOption('message.created');
    await page.getByText('Live', { exact: true }).waitFor();
    const { log } = places(page);
    const row = (text: string) => log.getByRole('option').filter({ hasText: text });
    await places(agent).status.selectOption('resolved');
    await row('marked resolved').waitFor();
    expect(await log.getByRole('option').filter({ hasText: 'status_changed' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Pause' }).click();
    await send(agent, 'agentText', 'While it pauses');
    await places(agent).agentThread.getByText('While it pauses').waitFor();
    expect(await row('While it pauses').count()).toBe(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await row('While it pauses').waitFor();
  });

  it('shows the account as it was at any event', async () => {
    const { agent, name } = await conversation();
    await send(agent, 'agentText', 'Not written yet');
    await agent.getByRole('link', { name: 'Events' }).click();
    const { log } = places(agent);
    await log.getByRole('option').filter({ hasText: 'Not written yet' }).click();
    await agent.getByRole('button', { name: 'State as it was' }).click();
    const panel = agent.getByRole('complementary', { name: 'The event' });
    await panel.getByRole('heading', { name: new RegExp(`${name} #`) }).waitFor();
    await panel.getByText('Not written yet').waitFor();
    await agent.getByRole('button', { name: 'The event before' }).click();
    await panel.getByText('Not written yet').waitFor({ state: 'detached' });
    await agent.getByLabel('Position in the log').fill('1');
    await panel.getByText('No conversation yet').waitFor();
  });
});

describe('the health page', () => {
  it('draws its charts from what the hub measures', async () => {
    const page = await visit('/#/health');
    await page.getByRole('heading', { name: 'Connections' }).waitFor();
    expect(await page.locator('figure canvas').count()).toBe(6);
    const connections = page.getByRole('figure').filter({ hasText: 'Connections' });
    await eventually(() => connections.locator('strong').innerText()).toMatch(/^\d+$/);
    await page.getByText(/1 gateway · views are up to date/).waitFor();
  });

  it('counts who is connected and present', async () => {
    await conversation();
    const page = await visit('/#/health');
    const value = (title: string): Promise<number> =>
      page.getByRole('figure').filter({ hasText: title }).locator('strong').innerText().then(Number);
    await eventually(() => value('Connections')).toBeGreaterThanOrEqual(3);
    await eventually(() => value('Presence')).toBeGreaterThanOrEqual(2);
  });

  it('shows a replay that somebody runs, and that it came to its end', async () => {
    const page = await visit('/#/health');
    await page.getByText('No replay in the last ten minutes').waitFor();
    expect(await hub().run('replay')).toContain('rebuilt up to position');
    const replay = page.getByRole('region', { name: 'Replays' }).getByRole('listitem').first();
    await replay.getByText('hub replay rebuilt the views').waitFor();
    expect(await replay.getByRole('progressbar').evaluate((bar: HTMLProgressElement) => bar.value)).toBe(1);
  });

  it('shows how far a replay is that is under way', async () => {
    const link = await connectNats({ url: hub().natsUrl(), name: 'spec' });
    const { sendReplay } = natsSignals(link);
    const about = { id: randomUUID(), by: 'projector', partitions: '0-63', from: 0, upTo: 4_000 } as const;
    const page = await visit('/#/health');
    await page.getByRole('heading', { name: 'Connections' }).waitFor();
    const replay = page.getByRole('listitem').filter({ hasText: 'The projector rebuilds views of another version' });
    const share = (): Promise<number> =>
      replay.getByRole('progressbar').evaluate((bar: HTMLProgressElement) => bar.value);
    for (const position of [1_000, 3_000]) {
      sendReplay({ ...about, state: 'running', position, elapsedMs: 1_000 });
      await replay.getByText(`position ${position.toLocaleString('en-GB')} of 4,000`).waitFor();
      expect(await share()).toBe(position / 4_000);
    }
    sendReplay({ ...about, state: 'stopped', position: 3_500, elapsedMs: 2_000 });
    await replay.getByText('before it was done').waitFor();
    await link.close();
  });
});

describe('signing in', () => {
  it('asks for a token, says when one is wrong, and keeps nothing but the token', async () => {
    expectComplaints(/Failed to load resource.*401/);
    const page = await visit();
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    await page.getByLabel('Access token').fill('no-such-token');
    await page.getByLabel('Access token').press('Enter');
    await page.getByRole('alert').getByText('The access token is not accepted').waitFor();
    await page.getByRole('button', { name: 'Use the demo account' }).click();
    await places(page).inbox.waitFor();
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['cablehub.token']);
  });

  it('says that the hub cannot be reached, and goes on when it can', async () => {
    expectComplaints(/Failed to load resource/);
    const page = await visit();
    await places(page).inbox.waitFor();
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.reload();
    await page.getByRole('alert').getByText('The hub cannot be reached').waitFor();
    await page.unroute('**/api/v1/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await places(page).inbox.waitFor();
  });
});

describe('the console', () => {
  it('is served with a policy that allows no inline script, no inline style and no other host', async () => {
    const policy = (await fetch(`${url()}/`)).headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).toMatch(/style-src 'self'(;|$)/);
    expect(policy).toMatch(/connect-src 'self' wss?:\/\/[^\s;]+(;|$)/);
    expect(policy).not.toContain('unsafe');
  });

  it('is led by the keyboard alone', async () => {
    const { agent, customer, row } = await conversation();
    await conversation();
    await row.waitFor();
    const isOpen = () => row.getAttribute('aria-current');
    await agent.locator('body').click({ position: { x: 1, y: 1 } });
    await agent.keyboard.press('k');
    await eventually(isOpen).toBe('false');
    await agent.keyboard.press('j');
    await eventually(isOpen).toBe('true');
    await agent.keyboard.press('r');
    await agent.keyboard.type('With no mouse');
    await agent.keyboard.press('Enter');
    await places(customer).customerThread.getByText('With no mouse').waitFor();
    await agent.keyboard.press('Escape');
    await agent.keyboard.press('e');
    await eventually(() => places(agent).status.inputValue()).toBe('resolved');
    await agent.keyboard.press('?');
    await agent.getByRole('dialog', { name: 'Keys' }).waitFor();
    await agent.keyboard.press('Escape');
    await agent.keyboard.press('g');
    await agent.keyboard.press('e');
    await places(agent).log.waitFor();
    await agent.keyboard.press('j');
    await agent.getByRole('complementary', { name: 'The event' }).waitFor();
    await agent.keyboard.press('Escape');
    await agent.getByRole('complementary', { name: 'The event' }).waitFor({ state: 'detached' });
    expect(await agent.title()).toBe('Events · cablehub');
  });

  it.each([
    ['light', { width: 1360, height: 820 }],
    ['dark', { width: 1360, height: 820 }],
    ['light', { width: 390, height: 780 }],
    ['dark', { width: 390, height: 780 }],
  ] as const)('is accessible in %s at %j, and never scrolls sideways', async (colorScheme, viewport) => {
    const page = await visit('/#/demo', { colorScheme, viewport });
    await send(await visit('/#/demo'), 'customerText', 'Can everybody read this?');
    const narrow = viewport.width < 700;
    if (narrow) await places(page).conversations.getByRole('button', { name: /Ada/ }).first().click();
    await places(page).agentThread.waitFor();
    const faults = [...(await accessibilityFaults(page))];
    if (narrow) {
      await page.getByRole('button', { name: 'Customer', exact: true }).click();
      faults.push(...(await accessibilityFaults(page)));
    }
    await page.goto(`${url()}/#/events`);
    await places(page).log.getByRole('option').first().click();
    await page.getByText('Envelope').waitFor();
    faults.push(...(await accessibilityFaults(page)));
    await page.getByRole('button', { name: 'State as it was' }).click();
    await page.getByText(/After event/).waitFor();
    faults.push(...(await accessibilityFaults(page)));
    await hub().run('verify');
    await page.goto(`${url()}/#/health`);
    await page.getByRole('progressbar').first().waitFor();
    await page.getByRole('heading', { name: 'Connections' }).waitFor();
    faults.push(...(await accessibilityFaults(page)));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    faults.push(...(await accessibilityFaults(page)));
    await page.keyboard.press('Escape');
    expectComplaints(/Failed to load resource.*401/);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Access token').fill('no-such-token');
    await page.getByLabel('Access token').press('Enter');
    await page.getByRole('alert').getByText('The access token is not accepted').waitFor();
    faults.push(...(await accessibilityFaults(page)));
    expect(faults).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
  });

  it('switches its colours', async () => {
    const page = await visit('/#/demo', { colorScheme: 'light' });
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await background();
    await page.getByRole('button', { name: /Colours: system/ }).click();
    await page.getByRole('button', { name: /Colours: light/ }).click();
    expect(await background()).not.toBe(light);
  });
});

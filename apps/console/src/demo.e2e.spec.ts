import { describe, expect, it } from 'vitest';
import { places } from './browser.fixture.ts';
import { eventually, send, useStage } from './stage.fixture.ts';

/** Presence says nothing while it may have missed something: the machine may have been slow. */
const inDoubt = { timeout: 30_000 };

const { hub, visit, conversation, expectComplaints } = useStage();

describe('the demo', () => {
  it('is signed in, and what one side writes appears on the other', async () => {
    const { agent, customer } = await conversation();
    await send(agent, 'agentText', 'Yes, how can I help?');
    await places(customer).customerThread.getByText('Yes, how can I help?').waitFor();
    await send(customer, 'customerText', 'Where is my order?');
    await places(agent).agentThread.getByText('Where is my order?').waitFor();
    expect(await places(agent).agentThread.getByRole('listitem').count()).toBe(3);
  });

  it('shows each side that the other types, and that it stopped', async () => {
    const { agent, customer } = await conversation();
    await places(customer).customerText.pressSequentially('My');
    await places(agent)
      .agentThread.getByText(/is typing/)
      .waitFor();
    await places(agent).agentText.pressSequentially('Let');
    await places(customer).customerThread.getByText('John is typing').waitFor();
    await places(customer).customerThread.getByText('John is typing').waitFor({ state: 'detached' });
  });

  it('tells the agent that the customer has read, and the customer nothing of private notes', async () => {
    const { agent, customer } = await conversation();
    await agent.getByLabel('Private note').check();
    await send(agent, 'agentText', 'She sounds impatient');
    await agent.getByLabel('Private note').uncheck();
    await send(agent, 'agentText', 'It was sent today');
    await places(customer).customerThread.getByText('It was sent today').waitFor();
    await places(agent)
      .agentThread.getByRole('listitem')
      .filter({ hasText: 'It was sent today' })
      .getByTitle('read')
      .waitFor();
    expect(await places(customer).chat.getByText('She sounds impatient').count()).toBe(0);
  });

  it('changes status, assignee and team, and both sides see what is theirs to see', async () => {
    const { agent, customer } = await conversation();
    const { status, assignee, team, agentThread } = places(agent);
    await assignee.selectOption({ index: 1 });
    await agentThread
      .getByText(/Assigned to|self-assigned/)
      .first()
      .waitFor();
    await team.selectOption({ index: 1 });
    await status.selectOption('resolved');
    await agentThread.getByText(/marked resolved/).waitFor();
    await places(customer).chat.getByText('The conversation was resolved.').waitFor();
    expect(
      await places(customer)
        .chat.getByText(/marked resolved/)
        .count(),
    ).toBe(0);
    await send(customer, 'customerText', 'One more thing');
    await eventually(() => status.inputValue()).toBe('open');
    expect(await team.evaluate((select: HTMLSelectElement) => select.selectedOptions[0]?.text)).toBe('sales');
  });

  it('counts what is unread until the agent looks', async () => {
    const { agent, customer, row } = await conversation();
    const other = await conversation();
    await places(agent)
      .conversations.getByRole('button', { name: new RegExp(`${other.name} ?,`) })
      .click();
    await send(customer, 'customerText', 'Hello?');
    await row.getByText('unread').waitFor();
    await row.click();
    await row.getByText('unread').waitFor({ state: 'detached' });
  });

  it('shows who is there', async () => {
    const { agent, customer, row } = await conversation();
    await row.getByText(', online').waitFor({ state: 'attached' });
    await places(customer).chat.getByText('Somebody is here').waitFor();
    await customer.goto('about:blank');
    await row.getByText(', offline').waitFor({ state: 'attached', ...inDoubt });
    expect(await places(agent).inbox.getByText('Connected').count()).toBe(1);
  });

  it('shows the customer that the agent is busy, and is there again', async () => {
    const { agent, customer } = await conversation();
    const { availability } = places(agent);
    const { chat } = places(customer);
    await chat.getByText('Somebody is here').waitFor(inDoubt);
    await availability.selectOption('busy');
    await chat.getByText('Nobody is here now').waitFor(inDoubt);
    await eventually(() => availability.inputValue()).toBe('busy');
    await availability.selectOption('online');
    await chat.getByText('Somebody is here').waitFor(inDoubt);
  });

  it('keeps what the socket tells while the conversations are read', async () => {
    const page = await visit('/#/demo');
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let answered = 0;
    await page.route('**/api/v1/accounts/1/conversations?*', async (route) => {
      const answer = await route.fetch();
      await released;
      await route.fulfill({ response: answer });
      answered += 1;
    });
    await page.reload();
    const { availability, conversations } = places(page);
    await eventually(() => availability.inputValue()).toBe('online');
    release();
    await conversations.getByRole('listitem').first().waitFor();
    await eventually(() => answered).toBeGreaterThanOrEqual(2);
    await page.waitForLoadState('networkidle');
    expect(await availability.inputValue()).toBe('online');
  });

  it('says what was not done, and does it when it is asked again', async () => {
    expectComplaints(/Failed to load resource/);
    const { agent, customer } = await conversation();
    await agent.route('**/api/v1/accounts/**', (route) => route.abort());
    await places(agent).status.selectOption('resolved');
    await places(agent).inbox.getByRole('alert').getByText('The hub cannot be reached').waitFor();
    expect(await places(agent).status.inputValue()).toBe('open');
    await send(agent, 'agentText', 'Are you still there?');
    const failed = places(agent).agentThread.getByRole('listitem').filter({ hasText: 'Are you still there?' });
    await failed.getByText('The hub cannot be reached').waitFor();
    await agent.unroute('**/api/v1/accounts/**');
    await failed.getByRole('button', { name: 'Send again' }).click();
    await places(customer).customerThread.getByText('Are you still there?').waitFor();
    expect(await failed.count()).toBe(1);
  });

  it('keeps nothing in local storage but the token', async () => {
    const { agent, customer } = await conversation();
    for (const page of [agent, customer]) {
      await page.getByRole('button', { name: /Colours: system/ }).click();
      for (const name of ['Events', 'Health', 'Demo']) await page.getByRole('link', { name }).click();
      expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['cablehub.token']);
      expect(await page.context().cookies()).toEqual([]);
    }
  });

  it('tells on a phone what waits on the other side', async () => {
    const phone = await visit('/#/demo', { viewport: { width: 390, height: 780 } });
    await phone.getByRole('button', { name: 'Customer', exact: true }).click();
    await send(phone, 'customerText', 'From a phone');
    const agentTab = phone.getByRole('button', { name: /^Agent/ });
    const waiting = async (): Promise<number> => Number(/\d+/.exec(await agentTab.innerText())?.[0] ?? 0);
    await agentTab.filter({ hasText: 'unread' }).click();
    const row = places(phone).conversations.getByRole('button', { name: /From a phone/ });
    await row.getByText('unread').waitFor();
    const before = await waiting();
    await row.click();
    await places(phone).agentThread.getByText('From a phone').waitFor();
    await eventually(waiting).toBe(before - 1);
    await send(phone, 'agentText', 'Seen');
    await phone.getByRole('button', { name: 'Customer 1 unread' }).click();
    await places(phone).customerThread.getByText('Seen').waitFor();
    await phone.getByRole('button', { name: 'Customer', exact: true }).waitFor();
  });

  it('goes on with the same customer after the page is loaded again', async () => {
    const { customer } = await conversation();
    await customer.reload();
    await places(customer).customerThread.getByText('Is anybody there?').waitFor();
    await send(customer, 'customerText', 'Still me');
    await places(customer).customerThread.getByText('Still me').waitFor();
    expect(await places(customer).customerThread.getByRole('listitem').count()).toBe(2);
  });
});

describe('a connection that is cut', () => {
  it('brings the customer what was written meanwhile, once and marked', async () => {
    const { agent, customer } = await conversation();
    await customer.getByRole('button', { name: 'Cut the connection of the customer' }).click();
    await places(customer)
      .chat.getByText(/Cut off/)
      .waitFor();
    await send(agent, 'agentText', 'One');
    await send(agent, 'agentText', 'Two');
    await places(agent).status.selectOption('resolved');
    await places(agent)
      .agentThread.getByText(/marked resolved/)
      .waitFor();
    expect(await places(customer).chat.getByText('Two').count()).toBe(0);

    await customer.getByRole('button', { name: 'Back now' }).click();
    const { customerThread, chat } = places(customer);
    const status = chat.getByRole('status').first();
    await eventually(() => status.innerText()).toMatch(/3 frames came back/);
    await chat.getByText('The conversation was resolved.').waitFor();
    expect(await customerThread.getByText('came back').count()).toBe(2);
    expect(await customerThread.getByRole('listitem').count()).toBe(3);

    await send(agent, 'agentText', 'Three');
    await customerThread.getByText('Three').waitFor();
    expect(await customerThread.getByText('came back').count()).toBe(2);
  });

  it('keeps what the agent writes until it is back by itself, and brings what the customer wrote', async () => {
    const { agent, customer } = await conversation();
    await agent.getByRole('button', { name: 'Cut the connection of the agent' }).click();
    await send(agent, 'agentText', 'A draft');
    await places(agent).inbox.getByText('this stays until you are back').waitFor();
    await send(customer, 'customerText', 'Hello?');
    const status = places(agent).inbox.getByRole('status').first();
    await eventually(() => status.innerText(), 30_000).toMatch(/frames? came back/);
    await places(agent).agentThread.getByText('Hello?').waitFor();
    expect(await places(agent).agentText.inputValue()).toBe('A draft');
  });
});

describe('a hub that is gone', () => {
  it('is waited for, and what is shown is right again when it is back', async () => {
    expectComplaints(/Failed to load resource|WebSocket connection|ERR_/);
    const { agent, customer } = await conversation();
    const events = await visit('/#/events');
    await events.getByText('Live', { exact: true }).waitFor();
    await hub().halt();
    await places(agent).inbox.getByText('trying again').waitFor({ timeout: 30_000 });
    await send(agent, 'agentText', 'Into the void');
    const failed = places(agent).agentThread.getByRole('listitem').filter({ hasText: 'Into the void' });
    await failed.getByText('The hub cannot be reached').waitFor();
    await events.getByRole('alert').waitFor();

    await hub().goOn();
    await places(agent).inbox.getByText('Connected').waitFor({ timeout: 60_000 });
    await failed.getByRole('button', { name: 'Send again' }).click();
    await places(customer).customerThread.getByText('Into the void').waitFor({ timeout: 60_000 });
    await places(events).log.getByRole('option').filter({ hasText: 'Into the void' }).waitFor({ timeout: 60_000 });
    expect(await events.getByRole('alert').count()).toBe(0);
  });
});

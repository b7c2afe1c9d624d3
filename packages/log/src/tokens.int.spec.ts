import type { AccountId, ContactId, ContactInboxId, UserId } from '@cablehub/events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NatsLink } from './connection.ts';
import { natsFixture, type NatsFixture } from './nats.fixture.ts';
import { agentTokenKey, contactTokenKey, jetStreamTokens, type Grant, type Tokens } from './tokens.ts';

const one = 1 as AccountId;
const two = 2 as AccountId;
const token = 'token-of-ada-lovelace-24';
const agent = (accountId: AccountId): Grant => ({ kind: 'agent', accountId, userId: 5 as UserId });
const session: Grant = {
  kind: 'contact',
  accountId: one,
  contactId: 3 as ContactId,
  contactInboxId: 4 as ContactInboxId,
};

describe('tokens', () => {
  let nats: NatsFixture;
  let link: NatsLink;
  let tokens: Tokens;

  beforeAll(async () => {
    nats = await natsFixture();
    link = await nats.link();
  });
  afterAll(async () => nats.close());
  beforeEach(async () => {
    await nats.clear(link);
    tokens = await jetStreamTokens(link);
  });

  it('give back what was put', async () => {
    await tokens.put(contactTokenKey(token), session);
    expect(await tokens.get(contactTokenKey(token))).toEqual(session);
  });

  it('allow nothing to a token they do not know', async () => {
    expect(await tokens.get(contactTokenKey('unknown-unknown-unknown'))).toBeNull();
  });

  it('allow nothing to a token that was deleted, until it is put again', async () => {
    const key = agentTokenKey(token, one);
    await tokens.put(key, agent(one));
    await tokens.delete(key);
    expect(await tokens.get(key)).toBeNull();
    await tokens.put(key, agent(one));
    expect(await tokens.get(key)).toEqual(agent(one));
  });

  it('keep the accounts of one token apart', async () => {
    await tokens.put(agentTokenKey(token, one), agent(one));
    await tokens.put(agentTokenKey(token, two), agent(two));
    await tokens.delete(agentTokenKey(token, one));
    expect(await tokens.get(agentTokenKey(token, one))).toBeNull();
    expect(await tokens.get(agentTokenKey(token, two))).toEqual(agent(two));
  });

  it('keep no token that could be read', async () => {
    await tokens.put(agentTokenKey(token, one), agent(one));
    const manager = await link.connection.jetstreamManager();
    const kept = await manager.streams.getMessage('KV_tokens', { last_by_subj: '$KV.tokens.>' });
    expect(`${kept.subject} ${kept.string()}`).not.toContain(token);
  });

  it('are seen by another connection as soon as they are put', async () => {
    const elsewhere = await jetStreamTokens(await nats.link());
    await tokens.put(contactTokenKey(token), session);
    expect(await elsewhere.get(contactTokenKey(token))).toEqual(session);
  });

  it('end in a fault while NATS is away', async () => {
    await nats.kill();
    const fault = { code: 'nats_unavailable', message: expect.not.stringContaining(token) };
    await Promise.all([
      expect(tokens.get(contactTokenKey(token))).rejects.toMatchObject(fault),
      expect(tokens.put(contactTokenKey(token), session)).rejects.toMatchObject(fault),
      expect(tokens.delete(contactTokenKey(token))).rejects.toMatchObject(fault),
    ]);
    await nats.restart();
  });
});

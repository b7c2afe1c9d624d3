import { describe, expect, it } from 'vitest';
import { useStage } from './stage.fixture.ts';

describe('the page that describes the APIs', () => {
  const { visit } = useStage();

  it('opens under its content security policy, and shows every kind of call', async () => {
    const page = await visit('/docs');
    for (const kind of [
      'client api',
      'agents’ api',
      'set-up',
      'platform api',
      'attachments',
      'timeline',
      'events',
      'signals',
    ])
      await page
        .locator(`#operations-tag-${kind.replaceAll(/[ ’]/g, '_')}, [data-tag="${kind}"]`)
        .first()
        .waitFor();
    await page.getByText('Writes a message.').first().click();
    await page.getByText('echo_id comes back in the message.created frame', { exact: false }).first().waitFor();
    const policy = (await page.request.get(page.url())).headers()['content-security-policy'] ?? '';
    expect(policy).toMatch(/script-src 'self'/);
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  });
});

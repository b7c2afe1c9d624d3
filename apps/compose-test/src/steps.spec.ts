import { describe, expect, it } from 'vitest';
import { createSteps, tableOf } from './steps.ts';

describe('the steps of a test', () => {
  it('are told one by one and end in a sum', async () => {
    const said: string[] = [];
    const steps = createSteps((text) => said.push(text));
    const step = steps.of('one machine');
    await step('up', async () => 'ready');
    await expect(step('demo', () => Promise.reject(new Error('no answer\nmore of it')))).rejects.toThrow('no answer');

    expect(said).toHaveLength(2);
    expect(tableOf(steps.all)).toMatch(
      /\| one machine \| demo +\| +0\.0 +\| FAILED: no answer +\|\n\n1 passed, 1 failed$/,
    );
  });
});

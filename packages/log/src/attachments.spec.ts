import { expect, it } from 'vitest';
import { describeAttachments, inPieces } from './attachments.contract.ts';
import { memoryAttachments } from './attachments-memory.ts';

describeAttachments('memory', async () => {
  const attachments = memoryAttachments();
  return { attachments, keptBytes: async () => attachments.keys().length };
});

it('attachments in memory that are full keep nothing more', async () => {
  const attachments = memoryAttachments({ capacityBytes: 10 });
  const file = { key: 'a', name: 'a', contentType: 'text/plain', maxBytes: 100, bytes: inPieces(new Uint8Array(11)) };
  expect(await attachments.put(file)).toEqual({ ok: false, reason: 'full' });
  expect(attachments.keys()).toEqual([]);
});

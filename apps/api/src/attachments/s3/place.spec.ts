import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, SettingsError } from '@cablehub/process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { s3PlaceOf, s3Settings } from './place.ts';

const URL_NAME = 'ATTACHMENTS_S3_URL';
const FILE_NAME = 'ATTACHMENTS_S3_CREDENTIALS_FILE';
const url = 'https://s3.example.com/files-of-the-hub';

describe('the place of files in S3', () => {
  let folder = '';
  let credentials = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cablehub-s3-'));
    credentials = join(folder, 'credentials');
    await writeFile(credentials, 'AKIDEXAMPLE\nwJalrXUtnFEMI/K7MDENG+bPxRfiCY\n');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const place = async (environment: Readonly<Record<string, string>>) =>
    s3PlaceOf(readSettings(s3Settings, environment));

  it('is none unless it is set', async () => {
    expect(await place({})).toBeNull();
  });

  it('is a bucket of a server, and who we are there', async () => {
    const known = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY' };
    expect(await place({ [URL_NAME]: `${url}/`, [FILE_NAME]: credentials })).toEqual({
      endpoint: 'https://s3.example.com',
      bucket: 'files-of-the-hub',
      region: 'us-east-1',
      credentials: known,
    });
    await writeFile(credentials, '  AKIDEXAMPLE\r\nwJalrXUtnFEMI/K7MDENG+bPxRfiCY');
    const there = { [URL_NAME]: 'http://127.0.0.1:9000/hub', [FILE_NAME]: credentials };
    expect(await place({ ...there, ATTACHMENTS_S3_REGION: 'eu-central-1' })).toEqual({
      endpoint: 'http://127.0.0.1:9000',
      bucket: 'hub',
      region: 'eu-central-1',
      credentials: known,
    });
  });

  it.each([
    's3.example.com/files',
    's3://files',
    'https://s3.example.com',
    'https://s3.example.com/',
    'https://s3.example.com/a/folder',
    'https://s3.example.com/files?region=eu',
    'https://me:a-secret@s3.example.com/files',
    'https://[/files',
  ])('is refused as %j, which is not repeated', async (text) => {
    const refused = place({ [URL_NAME]: text, [FILE_NAME]: credentials });
    await expect(refused).rejects.toBeInstanceOf(SettingsError);
    await expect(refused).rejects.toThrow(/ATTACHMENTS_S3_URL: must look like https:\/\/s3\.example\.com\/bucket/);
    await expect(refused).rejects.not.toThrow(/a-secret/);
  });

  it('is refused without credentials, and credentials without it', async () => {
    await expect(place({ [URL_NAME]: url })).rejects.toThrow(`${FILE_NAME}: must be set when ${URL_NAME} is`);
    await expect(place({ [FILE_NAME]: credentials })).rejects.toThrow(`${URL_NAME}: must be set when ${FILE_NAME} is`);
  });

  it('is refused in a region that is none', async () => {
    const refused = place({ [URL_NAME]: url, [FILE_NAME]: credentials, ATTACHMENTS_S3_REGION: 'EU (Frankfurt)' });
    await expect(refused).rejects.toThrow(/ATTACHMENTS_S3_REGION: must look like eu-central-1/);
  });

  it.each(['', 'AKIDEXAMPLE', 'AKIDEXAMPLE\na secret of words', 'AKIDEXAMPLE\na-secret\nmore'])(
    'is refused with credentials like %j, which are not repeated',
    async (text) => {
      await writeFile(credentials, text);
      const refused = place({ [URL_NAME]: url, [FILE_NAME]: credentials });
      await expect(refused).rejects.toThrow(`${FILE_NAME}: ${credentials} must hold two lines`);
      await expect(refused).rejects.not.toThrow(/AKIDEXAMPLE|a.secret/);
    },
  );

  it('is refused with credentials that are not there', async () => {
    const refused = place({ [URL_NAME]: url, [FILE_NAME]: join(folder, 'other') });
    await expect(refused).rejects.toThrow(/ATTACHMENTS_S3_CREDENTIALS_FILE: \S+ cannot be read \(ENOENT\)/);
  });
});

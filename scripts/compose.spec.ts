import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { filesIn, outputOf, programOf, textOf } from './infra.fixture.ts';

const DOCKERFILE = 'infra/docker/Dockerfile';
const OVERLAYS = ['cluster', 'partitions'].map((name) => `infra/compose/${name}.yaml`);

type Service = {
  readonly image?: string;
  readonly cap_drop?: readonly string[];
  readonly read_only?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
};
type Compose = { readonly services: Readonly<Record<string, Service>> };

const servicesIn = (path: string): readonly (readonly [name: string, Service])[] =>
  Object.entries((parse(textOf(path), { merge: true }) as Compose).services);

const named = (pattern: RegExp): readonly string[] =>
  [...textOf(DOCKERFILE).matchAll(pattern)].map(([, name]) => name ?? '');

describe('the Dockerfile', () => {
  // The validator of Docker's own language server: it knows BuildKit's instructions, and needs no engine.
  it('has nothing that a linter finds', () =>
    expect(validate(textOf(DOCKERFILE)).map(({ range, message }) => `${range.start.line + 1}: ${message}`)).toEqual(
      [],
    ));

  it('starts from official images alone', () => {
    const stages = named(/ AS (\S+)$/gm);
    const bases = [...named(/^FROM (\S+)/gm), ...named(/--from=(\S+)/g), ...named(/,from=([^,\s]+)/g)];
    expect([...new Set(bases)].filter((base) => !stages.includes(base))).toEqual(['node:24-trixie-slim']);
    expect(textOf(DOCKERFILE)).not.toMatch(/^# *syntax *=/m);
  });

  it('builds with the tools that package.json names', () => {
    const { packageManager, devDependencies } = JSON.parse(textOf('package.json')) as {
      readonly packageManager: string;
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    const [pnpm, turbo] = [named(/(pnpm@[\d.]+)/g), named(/turbo@([\d.]+)/g)];
    expect(pnpm).toEqual([packageManager]);
    expect(turbo).toEqual([devDependencies['turbo']?.replace('^', '')]);
  });

  it('ends each image without rights of root', () => {
    const stages = textOf(DOCKERFILE).split(/^FROM /m);
    for (const name of ['hub', 'app']) {
      const stage = stages.find((text) => text.split('\n', 1)[0]?.endsWith(` AS ${name}`)) ?? '';
      expect([...stage.matchAll(/^USER (\S+)/gm)].at(-1)?.[1]).toBe('node');
    }
  });
});

describe('the compose files', () => {
  const all = filesIn('infra/compose', '.yaml').flatMap(servicesIn);
  const whole = all.filter(([, { image }]) => image !== undefined);

  it('give no service of the hub more than it needs', () => {
    const ours = whole.filter(([, { image = '' }]) => /^(cablehub\/|nats:|haproxy:)/.test(image));
    expect(ours.length).toBeGreaterThan(8);
    for (const [name, { cap_drop: dropped, read_only: isReadOnly }] of ours)
      expect({ name, dropped, isReadOnly }).toEqual({ name, dropped: ['ALL'], isReadOnly: true });
  });

  it('show each service its own credentials and no secret in an environment', () => {
    for (const [name, { environment = {}, volumes = [] }] of all.filter(([service]) => service !== 'init')) {
      const seen = volumes.filter((volume) => /^credentials/.test(volume));
      expect({ name, count: seen.length }).toEqual({ name, count: Math.min(seen.length, 1) });
      expect(seen.filter((volume) => !/^credentials-[a-z]+:\/credentials:ro$/.test(volume))).toEqual([]);
      const secrets = Object.keys(environment).filter((key) => /TOKENS$|SEED|PASSWORD/.test(key));
      expect(secrets.filter((key) => key !== 'CONTACT_TOKENS')).toEqual([]);
    }
  });

  // What a machine lacks is looked at where it is there, as in CI: a specification that is skipped would hold no promise.
  const docker = programOf('docker');
  if (docker !== null && hasCompose(docker))
    it('are taken by docker compose, with each overlay', () => {
      for (const overlay of [[], ...OVERLAYS.map((file) => ['-f', file])])
        expect(outputOf(docker, 'compose', '-f', 'compose.yaml', ...overlay, 'config', '-q')).toBe('');
    });

  const haproxy = programOf('haproxy');
  if (haproxy !== null)
    it('name a configuration that haproxy takes', () =>
      expect(outputOf(haproxy, '-c', '-f', 'infra/haproxy/haproxy.cfg')).not.toContain('ALERT'));
});

function hasCompose(docker: string): boolean {
  try {
    return outputOf(docker, 'compose', 'version') !== '';
  } catch {
    return false;
  }
}

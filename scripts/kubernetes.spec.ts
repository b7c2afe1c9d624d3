import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { apiSettings } from '../apps/api/src/settings.ts';
import { gatewaySettings } from '../apps/gateway/src/settings.ts';
import { projectorSettings } from '../apps/projector/src/settings.ts';
import { healthSettings, processSettings } from '../packages/process/src/settings.ts';
import { documentsIn, filesIn, isThere, outputOf, programOf, textOf } from './infra.fixture.ts';

const FOLDER = 'infra/kubernetes';

type Metadata = { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
type Resource = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
};

/** Where kubernetes-types declares a group and version. */
const modules: Readonly<Record<string, string>> = {
  v1: 'core/v1',
  'apps/v1': 'apps/v1',
  'batch/v1': 'batch/v1',
  'autoscaling/v2': 'autoscaling/v2',
  'policy/v1': 'policy/v1',
  'networking.k8s.io/v1': 'networking/v1',
};

/**
 * What is wrong with resources, by Kubernetes' own schema: fields that do not exist, that are missing, or of another type. Each is
 * written as a literal of its declared type, which the compiler takes exactly.
 */
const problemsOf = (resources: readonly Resource[]): readonly string[] => {
  const source = resources.map((resource, index) => {
    const place = modules[resource.apiVersion] ?? `no-such-version/${resource.apiVersion}`;
    const type = `import('kubernetes-types/${place}').${resource.kind}`;
    return `export const resource${index}: ${type} = ${JSON.stringify(resource)};`;
  });
  const name = join(import.meta.dirname, 'resources.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    types: [],
    lib: ['lib.es5.d.ts'],
    skipLibCheck: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === name || fileExists(path);
  host.getSourceFile = (path, language) =>
    path === name ? ts.createSourceFile(name, source.join('\n'), language) : getSourceFile(path, language);
  return ts.getPreEmitDiagnostics(ts.createProgram([name], options, host)).map(({ file, start = 0, messageText }) => {
    const resource = resources[file?.getLineAndCharacterOfPosition(start).line ?? 0];
    return `${resource?.kind} ${resource?.metadata.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
};

type Pod = {
  readonly securityContext: unknown;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly volumes: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
  readonly containers: readonly {
    readonly name: string;
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
    readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
    readonly securityContext: unknown;
    readonly resources: { readonly limits: { readonly memory?: string } };
    readonly volumeMounts: readonly { readonly name: string }[];
    readonly livenessProbe?: { readonly httpGet: { readonly path: string; readonly port: string } };
    readonly readinessProbe?: { readonly httpGet: { readonly path: string; readonly port: string } };
  }[];
};
type Workload = { readonly template: { readonly metadata: Metadata; readonly spec: Pod } };
type Service = {
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly port: number }[];
};

const isOurs = ({ apiVersion }: Resource): boolean => apiVersion in modules;
const files = filesIn(FOLDER, '.yaml');
const isManifest = (path: string): boolean => !/(kustomization|values|prometheus-adapter)\.yaml$/.test(path);
const resources = files.filter(isManifest).flatMap((path) => documentsIn(textOf(path)) as readonly Resource[]);
const workloads = resources
  .filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind))
  .map(({ metadata, spec }) => ({ name: metadata.name, ...(spec as Workload).template }));
const settings = Object.keys({
  ...processSettings,
  ...healthSettings,
  ...gatewaySettings,
  ...apiSettings,
  ...projectorSettings,
});

const carries = (labels: Metadata['labels'] = {}, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

describe('the manifests for Kubernetes', () => {
  it('are what its API takes', { timeout: 60_000 }, () => {
    expect(resources.length).toBeGreaterThan(15);
    expect(problemsOf(resources.filter(isOurs))).toEqual([]);
  });

  it('would be refused by this check with a field that does not exist', { timeout: 60_000 }, () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'wrong' }, spec: { prots: [] } };
    expect(problemsOf([service])).toEqual([expect.stringContaining('prots')]);
  });

  it('are all part of what is applied', () => {
    const listed = files
      .filter((path) => path.endsWith('kustomization.yaml'))
      .flatMap((path) =>
        (documentsIn(textOf(path)) as readonly { readonly resources: readonly string[] }[]).flatMap((one) =>
          one.resources.map((name) => join(dirname(path), name)),
        ),
      );
    for (const path of listed) expect(isThere(path), path).toBe(true);
    const alone = /\/(monitoring|nats)\//;
    expect(files.filter((path) => isManifest(path) && !alone.test(path) && !listed.includes(path))).toEqual([]);
  });

  it('set only what the apps read', () => {
    const maps = resources.filter(({ kind }) => kind === 'ConfigMap').flatMap(({ data = {} }) => Object.keys(data));
    const names = [
      ...maps,
      ...workloads.flatMap(({ spec }) => spec.containers.flatMap(({ env }) => env.map(({ name }) => name))),
    ];
    const isRead = (name: string): boolean => settings.includes(name) || settings.includes(name.replace(/_FILE$/, ''));
    expect(names.filter((name) => !isRead(name))).toEqual([]);
  });

  it('hold no secret', () => {
    expect(resources.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });
});

describe('a workload', () => {
  it.each(workloads)('may do no more than it must: $name', ({ spec }) => {
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const {
      securityContext,
      resources: { limits },
      volumeMounts,
    } of spec.containers) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(limits.memory).toBeDefined();
      const volumes = spec.volumes.map(({ name }) => name);
      expect(volumeMounts.filter(({ name }) => name !== 'data' && !volumes.includes(name))).toEqual([]);
    }
  });

  it.each(workloads)('has the credentials of its own role: $name', ({ name, spec }) => {
    const role = name === 'cablehub-set-up' ? 'admin' : name.replace('cablehub-', '');
    expect(spec.volumes.flatMap(({ secret }) => secret?.secretName ?? [])).toEqual([`cablehub-${role}`]);
    const seeds = spec.containers.flatMap(({ env }) => env.filter((one) => one.name === 'NATS_CREDENTIALS_FILE'));
    expect(seeds.map(({ value }) => value)).toEqual([`/credentials/${role}.seed`]);
  });

  it.each(workloads.filter(({ name }) => name !== 'cablehub-set-up'))(
    'is asked how it is where it answers: $name',
    ({ spec }) => {
      for (const { ports = [], env, livenessProbe, readinessProbe } of spec.containers) {
        expect(ports.map(({ name }) => name)).toEqual(['http']);
        expect(livenessProbe?.httpGet).toEqual({ path: '/health/live', port: 'http' });
        expect(readinessProbe?.httpGet).toEqual({ path: '/health/ready', port: 'http' });
        const said = env.find(({ name }) => name === 'HEALTH_PORT')?.value;
        if (said !== undefined) expect(ports[0]?.containerPort).toBe(Number(said));
      }
    },
  );

  it('is given the time that its clients need to go elsewhere', () => {
    const gateway = workloads.find(({ name }) => name === 'cablehub-gateway')!.spec;
    const { env, lifecycle } = gateway.containers[0]!;
    const drain = Number(env.find(({ name }) => name === 'GATEWAY_DRAIN_MS')?.value) / 1_000;
    expect(drain + lifecycle!.preStop.sleep.seconds + 10).toBeLessThanOrEqual(gateway.terminationGracePeriodSeconds);
  });
});

describe('a service', () => {
  const services = resources.filter(({ kind, metadata }) => kind === 'Service' && metadata.name !== 'nats');
  it.each(services)('leads to pods, at their port: $metadata.name', ({ spec }) => {
    const { selector, ports } = spec as Service;
    const pods = workloads.filter(({ metadata }) => carries(metadata.labels, selector));
    expect(pods).toHaveLength(1);
    const open = pods[0]?.spec.containers.flatMap((container) => container.ports ?? []);
    expect(ports.map(({ port }) => port)).toEqual(open?.map(({ containerPort }) => containerPort));
  });
});

const kustomize = programOf('kubectl', 'kustomize');
if (kustomize !== null)
  describe('kustomize', () => {
    const rendered = (name: string): readonly Resource[] => {
      const verb = kustomize.endsWith('kubectl') ? 'kustomize' : 'build';
      return documentsIn(outputOf(kustomize, verb, `${FOLDER}/${name}`)) as readonly Resource[];
    };

    it.each(['hub', 'partitions'])('makes of %s what the API takes', { timeout: 60_000 }, (name) => {
      const made = rendered(name);
      expect(made.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['Job', 'StatefulSet', 'Ingress']));
      expect(problemsOf(made)).toEqual([]);
    });

    it('gives each projector a part, and together all', () => {
      const parts = rendered('partitions')
        .filter(({ kind }) => kind === 'StatefulSet')
        .map(
          ({ spec }) =>
            (spec as Workload).template.spec.containers[0]?.env.find(({ name }) => name === 'PARTITIONS')?.value,
        );
      expect(parts).toEqual(['0-31', '32-63']);
    });
  });

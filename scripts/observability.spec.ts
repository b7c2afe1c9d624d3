import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { apiMetrics } from '../apps/api/src/metrics.ts';
import { createGatewayMetrics } from '../apps/gateway/src/metrics.ts';
import { createPresenceMetrics } from '../apps/presence/src/metrics.ts';
import { projectorMetrics } from '../apps/projector/src/metrics.ts';
import { createMetrics, EVENT_LOOP_SAMPLE_MS } from '../packages/process/src/metrics.ts';
import { anchorsOf, documentsIn, filesIn, isThere, outputOf, programOf, textOf } from './infra.fixture.ts';

const FOLDER = 'infra/observability';
const RULES = `${FOLDER}/prometheus/alerts.yaml`;

type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};
type Rules = { readonly groups: readonly { readonly rules: readonly Alert[] }[] };
type Panel = { readonly title: string; readonly targets?: readonly { readonly expr: string }[] };
type Dashboard = { readonly panels: readonly Panel[] };

const alerts = (documentsIn(textOf(RULES)) as readonly Rules[]).flatMap(({ groups }) =>
  groups.flatMap(({ rules }) => rules),
);
const panels = filesIn(`${FOLDER}/grafana/dashboards`, '.json').flatMap(
  (path) => (JSON.parse(textOf(path)) as Dashboard).panels,
);
const shown = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ where: `panel ${title}`, expr })),
);
const asked = [...alerts.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr })), ...shown];

/** The names of the metrics in an expression; null: it is no PromQL. */
const metricsIn = (expr: string): readonly string[] | null => {
  const names: string[] = [];
  let isSound = true;
  parser.parse(expr).iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) isSound = false;
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') names.push(expr.slice(from, to));
    },
  });
  return isSound ? names : null;
};

/** Every series that the hub's processes can have. */
const measured = async (): Promise<readonly string[]> => {
  const registry = createMetrics();
  createGatewayMetrics(registry);
  apiMetrics(registry);
  projectorMetrics(registry);
  createPresenceMetrics(registry, { present: () => ({ users: 0, contacts: 0 }), holdsLease: () => false });
  return (await registry.getMetricsAsJSON()).flatMap(({ name, type }) =>
    // The type is a number where the declarations promise words.
    String(type) === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
};

const isOurs = (name: string): boolean => /^(cablehub|process|nodejs)_/.test(name);

describe('dashboards and alerts', () => {
  it.each(asked)('ask in PromQL: $where', ({ expr }) => {
    expect(metricsIn(expr)).not.toBeNull();
  });

  it('name only metrics that the hub has', async () => {
    const names = asked.flatMap(({ expr }) => metricsIn(expr) ?? []).filter(isOurs);
    const known = new Set(await measured());
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  it('take the interval of the looks at the event loop off its delay', () => {
    const delays = shown.filter(({ expr }) => expr.includes('nodejs_eventloop_lag_'));
    expect(delays).not.toEqual([]);
    for (const { expr } of delays) expect(expr).toContain(` - ${EVENT_LOOP_SAMPLE_MS / 1_000},`);
  });

  it('show every metric of the hub', async () => {
    const names = new Set(shown.flatMap(({ expr }) => metricsIn(expr) ?? []));
    const ours = (await measured()).filter((name) => name.startsWith('cablehub_') && !/_(sum|count)$/.test(name));
    expect(ours.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('an alert', () => {
  it.each(alerts)('says what is wrong, what to do and where to read on: $alert', ({ labels, annotations }) => {
    expect(['critical', 'warning']).toContain(labels['severity']);
    expect(annotations['summary']).toMatch(/\.$/);
    expect(annotations['action']).toMatch(/\.$/);
    const [page = '', anchor] = (annotations['runbook'] ?? '').split('#');
    expect(isThere(page)).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(page)).toContain(anchor);
  });

  it.each(alerts)('is tested: $alert', ({ alert }) => {
    expect(textOf(`${FOLDER}/prometheus/alerts.test.yaml`)).toContain(`alertname="${alert}"`);
  });
});

const promtool = programOf('promtool');
if (promtool !== null)
  describe('Prometheus', () => {
    it('accepts the configuration and its rules', () => {
      expect(outputOf(promtool, 'check', 'config', `${FOLDER}/prometheus/prometheus.yaml`)).toContain('SUCCESS');
    });

    it('fires each alert when it should, and none when all is well', () => {
      expect(outputOf(promtool, 'test', 'rules', `${FOLDER}/prometheus/alerts.test.yaml`)).toContain('SUCCESS');
    });
  });

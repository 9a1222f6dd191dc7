import type { ProbeSpec } from '../../model/probe.ts';
import type { Prober } from '../attempt.ts';
import type { ProbeInfo } from '../sample.ts';
import type { SecretSource } from '../secret.ts';
import { amqpProbe } from './amqp.ts';
import { apiProbe, keystoneTokens, type TokenSource } from './api.ts';
import { httpProbe } from './http.ts';
import { pingProbe } from './ping.ts';
import { sqlProbe } from './sql.ts';
import { tcpProbe } from './tcp.ts';

/** How a prober is made: `rate` is in attempts a second, and not there for one attempt alone. */
export type MakeProber = (spec: ProbeSpec, name: string, rate?: number) => Prober;

/** Makes probers from the cluster file's specs. Probes of one user and project share its token. */
export function proberFactory(secret: SecretSource): MakeProber {
  const tokens = new Map<string, TokenSource>();
  const tokensFor = (spec: Extract<ProbeSpec, { kind: 'api' }>): TokenSource => {
    const { keystone, user, project, domain, password } = spec;
    const key = JSON.stringify([keystone, user, project, domain, password]);
    const known = tokens.get(key) ?? keystoneTokens({ keystone, user, project, domain, password }, secret);
    tokens.set(key, known);
    return known;
  };
  return (spec, _, rate) => {
    switch (spec.kind) {
      case 'tcp':
        return tcpProbe(spec.address, spec.port);
      case 'http':
        return httpProbe(spec.url, spec.expect);
      case 'api':
        return apiProbe(spec.url, tokensFor(spec));
      case 'sql':
        return sqlProbe(spec, secret);
      case 'amqp':
        return amqpProbe(spec, secret);
      case 'ping':
        return pingProbe(spec.address, rate);
    }
  };
}

/** What is kept and shown of a spec: where it knocks, no credentials. */
export function probeInfo(name: string, spec: ProbeSpec, rate: number): ProbeInfo {
  return { name, kind: spec.kind, where: place(spec), rate: spec.rate ?? rate };
}

function place(spec: ProbeSpec): string {
  switch (spec.kind) {
    case 'tcp':
      return `${spec.address}:${spec.port}`;
    case 'http':
    case 'api': {
      const url = new URL(spec.url);
      return `${url.origin}${url.pathname}`;
    }
    case 'sql':
      return `${spec.address}:${spec.port}/${spec.database}.${spec.table}`;
    case 'amqp':
      return `${spec.nodes.join(', ')} queue ${spec.queue} (${spec.type})`;
    case 'ping':
      return spec.address;
  }
}

/** The references to secrets in a spec, so that a wrong one is told at once and not as an outage. */
export function secretsOf(spec: ProbeSpec): string[] {
  return 'password' in spec ? [spec.password] : [];
}

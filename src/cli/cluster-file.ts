import type { Document } from 'yaml';
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { CODENAMES, DISTRIBUTIONS, findDistribution } from '../catalog/distributions.ts';
import { nearest } from '../catalog/nearest.ts';
import { findSeries, SERIES_WORDS } from '../catalog/releases.ts';
import { findServiceWord, SERVICES, serviceWords } from '../catalog/services/index.ts';
import { Cluster, libvirtOf, rehearsalNodes, vipNodes } from '../model/cluster.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import { GATE_STAGES } from '../model/gate-policy.ts';
import { knownKeys } from './cluster-keys.ts';

type Path = readonly PropertyKey[];

/** One thing wrong with a cluster file, and where. */
export interface Slip {
  readonly code: `WL-CLUSTER-${string}`;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** Reads the text of a cluster file. Throws one WindlassError (exit 2) that lists every slip as `file:line:col …`. */
export function parseCluster(text: string, file: string): Cluster {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const broken = [...document.errors, ...document.warnings].map((error): Slip => {
    const twice = error.code === 'DUPLICATE_KEY';
    const said = error.message.split('\n')[0]?.replace(/:$/, '') ?? error.code;
    return {
      code: twice && isNodeName(document, error.pos[0]) ? 'WL-CLUSTER-NODE-TWICE' : 'WL-CLUSTER-YAML',
      ...at(error.pos[0]),
      text: twice
        ? `expected every name once, received '${/^[^\s:]+/.exec(text.slice(error.pos[0]))?.[0] ?? ''}' again`
        : `expected valid YAML, received ${said}`,
    };
  });
  if (broken.length > 0) throw refusal(file, broken);

  const value = plain(document, file);
  const slips: Slip[] = [];
  const slip = (code: Slip['code'], path: Path, words: string, onKey = false): void => {
    slips.push({ code, ...at(offsetOf(document, path, onKey)), text: `${spell(path)}: ${words}` });
  };
  const parsed = Cluster.safeParse(named(document, value), { reportInput: true });
  if (!parsed.success) {
    for (const issue of parsed.error.issues) explain(issue, value, slip);
    throw refusal(file, slips);
  }
  const cluster = parsed.data;
  findings(cluster, slip);
  if (slips.length > 0) throw refusal(file, slips);
  return { ...cluster, openstack: findSeries(cluster.openstack)?.id ?? cluster.openstack };
}

/** The document's values. An alias without its anchor, or far too many of them, is only found here. */
function plain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const text = `expected valid YAML, received ${error.message}`;
    throw refusal(file, [{ code: 'WL-CLUSTER-YAML', line: 1, column: 1, text }]);
  }
}

type Say = (code: Slip['code'], path: Path, words: string, onKey?: boolean) => void;

/** `openstack: 2025.1` without quotes is a number for YAML and a name for everyone else: its text is taken. */
function named(document: Document, value: unknown): unknown {
  const node = document.getIn(['openstack'], true);
  if (!isScalar(node) || typeof node.value !== 'number' || typeof value !== 'object') return value;
  return { ...value, openstack: node.source ?? String(node.value) };
}

/** What the schema cannot see: things that name each other. */
function findings(cluster: Cluster, say: Say): void {
  if (!findDistribution(cluster.os)) {
    say(
      'WL-CLUSTER-UNKNOWN-OS',
      ['os'],
      `expected one of ${DISTRIBUTIONS.map(({ id, codename }) => `${id}/${codename}`).join(', ')}, ` +
        `received ${show(cluster.os)}${hint(cluster.os.replace(/^.*\//, ''), CODENAMES)}`,
    );
  }
  if (!findSeries(cluster.openstack)) {
    say(
      'WL-CLUSTER-UNKNOWN-RELEASE',
      ['openstack'],
      `expected an OpenStack release by number or code name, received ${show(cluster.openstack)}${hint(cluster.openstack, SERIES_WORDS)}`,
    );
  }
  const nodes = Object.entries(cluster.nodes);
  if (nodes.length === 0) say('WL-CLUSTER-SCHEMA', ['nodes'], 'expected at least one node, received none');
  const addresses = new Map<string, string>();
  for (const [name, node] of nodes) {
    const twin = addresses.get(node.address);
    if (twin !== undefined) {
      say(
        'WL-CLUSTER-NODE-TWICE',
        ['nodes', name, 'address'],
        `expected an address of its own, received ${show(node.address)}, which is also ${twin}'s`,
      );
    }
    addresses.set(node.address, name);
  }
  const vipAt = (address: string): string | undefined =>
    Object.entries(cluster.vips).find(([, vip]) => vip.address === address)?.[0];
  for (const [index, machine] of rehearsalNodes(cluster).entries()) {
    const at = ['rehearsal', ...(index === 0 ? [] : ['old']), 'node'];
    const [made] = libvirtOf(cluster, machine.name)?.address.split('/') ?? [];
    const its: (readonly [readonly string[], string | undefined])[] = [
      [[...at, 'address'], machine.address],
      [[...at.slice(0, -1), 'provider', 'libvirt', 'address'], made],
    ];
    for (const [where, address] of its) {
      const owner = address === undefined ? undefined : (addresses.get(address) ?? vipAt(address));
      if (owner === undefined) continue;
      say(
        'WL-CLUSTER-REHEARSAL',
        where,
        `expected a machine that is no node of the cluster, received ${show(address)}, which is ${owner}'s`,
      );
    }
    if (Object.hasOwn(cluster.nodes, machine.name)) {
      say(
        'WL-CLUSTER-REHEARSAL',
        [...at, 'name'],
        `expected a name of its own, received ${show(machine.name)}, which is a node's`,
      );
    }
  }
  const [first, old] = rehearsalNodes(cluster);
  for (const key of ['address', 'name'] as const) {
    if (first === undefined || old === undefined || old[key] !== first[key]) continue;
    say(
      'WL-CLUSTER-REHEARSAL',
      ['rehearsal', 'old', 'node', key],
      `expected a second machine, received ${show(old[key])}, which is the first one's`,
    );
  }
  const words = [...new Set(nodes.flatMap(([name, node]) => [name, ...node.roles]))];
  for (const [name, vip] of Object.entries(cluster.vips)) {
    if (vipNodes(cluster, vip).length > 0) continue;
    say(
      'WL-CLUSTER-VIP-NOWHERE',
      ['vips', name, 'on'],
      `expected a node or a role that some node has, received ${vip.on.map(show).join(', ')}${hint(vip.on[0] ?? '', words)}`,
    );
  }
  for (const [index, word] of (cluster.rebuild?.nodes ?? []).entries()) {
    if (words.includes(word)) continue;
    say(
      'WL-CLUSTER-SCHEMA',
      ['rebuild', 'nodes', index],
      `expected a node or a role that some node has, received ${show(word)}${hint(word, words)}`,
    );
  }
  for (const [role, names] of Object.entries(cluster.services)) {
    for (const [index, name] of (names ?? []).entries()) {
      if (findServiceWord(name)) continue;
      say(
        'WL-CLUSTER-UNKNOWN-SERVICE',
        ['services', role, index],
        `expected a service of the catalogue, received ${show(name)}${hint(name, serviceWords())}`,
      );
    }
  }
  for (const [index, name] of cluster.policy.canary.entries()) {
    if (Object.hasOwn(cluster.nodes, name)) continue;
    say(
      'WL-CLUSTER-SCHEMA',
      ['policy', 'canary', index],
      `expected the name of a node, received ${show(name)}${hint(name, Object.keys(cluster.nodes))}`,
    );
  }
  for (const stage of GATE_STAGES) {
    const asked = cluster.policy.gates?.[stage]?.condition;
    const probes = asked === undefined || asked.kind === 'rehearsed' ? [] : (asked.probes ?? []);
    for (const [index, name] of probes.entries()) {
      if (Object.hasOwn(cluster.probes, name)) continue;
      say(
        'WL-CLUSTER-SCHEMA',
        ['policy', 'gates', stage, 'condition', 'probes', index],
        `expected the name of a probe, received ${show(name)}${hint(name, Object.keys(cluster.probes))}`,
      );
    }
  }
  const services = SERVICES.map(({ name }) => name);
  for (const [index, name] of cluster.policy.cutover.entries()) {
    if (services.includes(name)) continue;
    say(
      'WL-CLUSTER-UNKNOWN-SERVICE',
      ['policy', 'cutover', index],
      `expected a service of the catalogue, received ${show(name)}${hint(name, services)}`,
    );
  }
}

/** One zod issue in the words of the file. */
function explain(issue: z.core.$ZodIssue, value: unknown, say: Say): void {
  const received = secret(issue.path) ? 'a value that is not shown' : show(reach(value, issue.path));
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path);
    for (const key of issue.keys) {
      const words = hint(key, known) || (known.length > 0 ? ` (known here: ${known.join(', ')})` : '');
      say('WL-CLUSTER-SCHEMA', [...issue.path, key], `expected a known key, received '${key}'${words}`, true);
    }
    return;
  }
  if (issue.code === 'invalid_key') {
    const key = String(issue.path.at(-1));
    const wanted = issue.issues.map(expectation).join('; ');
    say('WL-CLUSTER-SCHEMA', issue.path, `expected as a name ${wanted}, received '${key}'`, true);
    return;
  }
  const parent = reach(value, issue.path.slice(0, -1));
  const last = issue.path.at(-1);
  const missing = typeof parent === 'object' && parent !== null && last !== undefined && !(last in parent);
  const text = reach(value, issue.path);
  const near =
    issue.code === 'invalid_value' && typeof text === 'string' ? hint(text, issue.values.map(String)) : '';
  say(
    'WL-CLUSTER-SCHEMA',
    issue.path,
    `expected ${expectation(issue)}, received ${missing ? 'nothing' : received}${near}`,
  );
}

const WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a map',
  record: 'a map',
  string: 'text',
};

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return WORDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1
        ? show(issue.values[0])
        : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `${issue.origin === 'array' ? 'a list of ' : issue.origin === 'string' ? 'text of length ' : ''}at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_format':
      return issue.message.startsWith('Invalid') ? `text in the form of ${issue.format}` : issue.message;
    case 'invalid_union':
      return issue.errors.length === 0
        ? issue.message.replace(/^Invalid discriminator value\. Expected /, 'one of ')
        : [...new Set(issue.errors.flat().map(expectation))].join(' or ');
    default:
      return issue.message;
  }
}

/** A value as a person would name it; long ones are cut. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  const text = typeof value === 'string' ? `'${value}'` : `${typeof value} ${String(value)}`;
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** A password that was written where a reference belongs must not be repeated on a screen. */
function secret(path: Path): boolean {
  return path.some((part) => /pass|secret|token/i.test(String(part)));
}

function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near.length > 0 ? ` (did you mean ${near.join(' or ')}?)` : '';
}

function reach(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
}

/** Offset of the node a path leads to, or of the nearest one above it that the file has. */
function offsetOf(document: Document, path: Path, onKey: boolean): number {
  for (let length = path.length; length > 0; length -= 1) {
    const head = path.slice(0, length);
    const parent = length === 1 ? document.contents : document.getIn(head.slice(0, -1), true);
    const last = head.at(-1);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(last));
      const node = pair && (onKey || !isNode(pair.value) ? pair.key : pair.value);
      const start = startOf(node);
      if (start !== undefined) return start;
    } else {
      const start = startOf(document.getIn(head, true));
      if (start !== undefined) return start;
    }
  }
  return startOf(document.contents) ?? 0;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** Whether the key at an offset names a node: twice the same node is the trap its own code is for. */
function isNodeName(document: Document, offset: number): boolean {
  const nodes = isMap(document.contents)
    ? document.contents.items.find((item) => isScalar(item.key) && item.key.value === 'nodes')?.value
    : undefined;
  return isMap(nodes) && nodes.items.some((item) => startOf(item.key) === offset);
}

function spell(path: Path): string {
  return path.length === 0
    ? 'the file'
    : path
        .map((part) => String(part))
        .reduce((all, part) => (/^\d+$/.test(part) ? `${all}[${part}]` : `${all}.${part}`));
}

function refusal(file: string, slips: readonly Slip[]): WindlassError {
  const inOrder = [...slips].sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = inOrder.map(({ line, column, text, code }) => `${file}:${line}:${column} ${text} [${code}]`);
  return new WindlassError(
    {
      code: inOrder[0]?.code ?? 'WL-CLUSTER-SCHEMA',
      message: lines.join('\n'),
      remedy: `Mend ${file}; its shape is in schema/cluster.schema.json.`,
    },
    EXIT.usage,
  );
}

import type { Standing } from '../model/target.ts';
import { distribution, type Shipped } from './distributions.ts';
import type { Service } from './service.ts';

/** What a rule judges: one hop of a cluster. */
export interface HopCase {
  readonly from: Standing;
  readonly to: Standing;
  readonly services: readonly Service[];
  readonly platform: readonly string[];
  /** What runs now, where it is known better than from the distribution: by component name. */
  readonly running: Readonly<Partial<Record<Shipped, string>>>;
  /** Components of the catalogue that are there by a node's role or by a service's word, as `ovn` and `ceph-osd`. */
  readonly carries: readonly string[];
  /** Feature flags of the bus and whether they are on, where somebody asked. */
  readonly flags: Readonly<Record<string, boolean>>;
}

/**
 * `refuse`: the hop is not legal; `warn` and `note`: it is, and this has to be known; `holds`: it was asked, and this is
 * why nothing is against it.
 */
export interface Verdict {
  readonly level: 'refuse' | 'warn' | 'note' | 'holds';
  readonly says: string;
  readonly remedy: string;
  /** Where this answer is from, when it is not the rule's own source. */
  readonly source?: string;
}

export interface Rule {
  readonly id: `WL-RULE-${string}`;
  readonly title: string;
  readonly source: string;
  judge(hop: HopCase): Verdict | undefined;
}

export const refuse = (says: string, remedy: string): Verdict => ({ level: 'refuse', says, remedy });
export const warn = (says: string, remedy: string): Verdict => ({ level: 'warn', says, remedy });
export const note = (says: string, remedy: string): Verdict => ({ level: 'note', says, remedy });
export const holds = (says: string, source?: string): Verdict => ({
  level: 'holds',
  says,
  remedy: '',
  ...(source === undefined ? {} : { source }),
});

/** Versions of one component before and after a hop; undefined when either is not known or nothing changes. */
export function versions(hop: HopCase, name: Shipped): { from: string; to: string } | undefined {
  if (hop.from.os === hop.to.os) return undefined;
  const from = hop.running[name] ?? distribution(hop.from.os).ships[name];
  const to = distribution(hop.to.os).ships[name];
  return from !== undefined && to !== undefined ? { from, to } : undefined;
}

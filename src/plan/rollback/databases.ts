import { findService, mustCutOver } from '../../catalog/services/index.ts';
import type { RollbackOf } from '../../model/plan.ts';
import { newCodeServed, type Past } from './past.ts';

export type Databases = RollbackOf['databases'];

export interface Decision {
  readonly is: Databases;
  readonly because: string;
}

/**
 * What becomes of the databases: all come back, or none. Services refer to each other's rows, and nova's new code writes
 * objects in versions that old code cannot read (research/lab.md 4, 5): once it served, only the dumps are sure. Before
 * that a schema that only grew is no harm to old code, and nothing that tenants did meanwhile is lost.
 */
export function decide(past: Past): Decision {
  const begun = past.applied.filter(({ kind }) => kind === 'database.migrate');
  if (past.plan.from.openstack === past.plan.to.openstack) {
    return { is: 'untouched', because: 'the release is the same: one release has one schema' };
  }
  if (newCodeServed(past)) return { is: 'restore', because: 'code of the new release has served' };
  if (begun.length === 0)
    return { is: 'untouched', because: 'no migration was begun and no new code served' };
  const open = begun.find(({ id }) => !past.finished.has(id));
  if (open) return { is: 'restore', because: `${open.id} was begun and not finished` };
  const { from, to } = past.plan;
  const services = [...new Set(begun.map(({ id }) => id.replace(/^cluster\/(.*)-database\/.*$/, '$1')))];
  const breaking = services.find((name) => {
    const service = findService(name);
    return !service || mustCutOver(service, from, to) || past.plan.policy.cutover.includes(name);
  });
  return breaking === undefined
    ? {
        is: 'keep',
        because: `no new code served, and old code lives on what ${services.join(', ')} migrated to`,
      }
    : { is: 'restore', because: `${breaking}'s old code does not live on the new schema` };
}

/** Where every member's disk goes back, what they wrote since is on none: only the dumps are of one moment. */
export const fromDisks = (found: Decision): Decision => ({
  is: 'restore',
  because: `every database member goes back to a kept disk, each of another moment${found.is === 'restore' ? `; and ${found.because}` : ''}`,
});

/** The decision, or what the operator says in its place. Where nothing was begun there is nothing to choose but a restore. */
export function decided(past: Past, said: 'keep' | 'restore' | undefined): Decision {
  const found = decide(past);
  if (said === undefined || said === found.is) return found;
  if (said === 'keep' && found.is === 'untouched') return found;
  return {
    is: said,
    because: `the operator said so; by itself it would be: ${found.is}, for ${found.because}`,
  };
}

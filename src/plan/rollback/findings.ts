import type { Born, Made } from '../../drivers/born.ts';
import type { Finding } from '../../model/finding.ts';
import type { Checkpoint } from '../../model/plan.ts';
import { type Decision, decide } from './databases.ts';
import { type Disks, diskFindings } from './disks.ts';
import { beyond, changing, type Past, raisedOn } from './past.ts';
import type { Kept } from './request.ts';

const SOURCE = 'docs/rollback.md; research/lab.md 4';

/** How many are named in one finding; the plan file has them all in `evidence` all the same. */
const namesOf = (made: readonly Made[]): string =>
  made.map(({ id, name, host }) => `${name} (${id}${host ? `, on ${host}` : ''})`).join(', ');

function lost(born: Born, since: string): Finding[] {
  const one = (
    what: string,
    made: readonly Made[],
    code: `WL-${string}`,
    title: string,
    remedy: string,
  ): Finding[] =>
    made.length === 0
      ? []
      : [
          {
            level: 'warn',
            code,
            title: `${made.length} ${what} ${title}`,
            evidence: namesOf(made),
            remedy,
            source: SOURCE,
          },
        ];
  return [
    ...one(
      'guests',
      born.guests,
      'WL-ROLLBACK-BORN',
      `born since ${since} run on and are unknown to nova afterwards`,
      'write them down: their qemu processes and disks stay on their computes; save what they hold, or make them anew',
    ),
    ...one(
      'guests',
      born.deleted,
      'WL-ROLLBACK-DELETED',
      `deleted since ${since} come back as rows without a machine`,
      'delete them again afterwards; their addresses and quota are taken until then',
    ),
    ...(['volumes', 'images', 'networks', 'ports'] as const).flatMap((what) =>
      one(
        what,
        born[what],
        'WL-ROLLBACK-LOST',
        `made since ${since} are forgotten`,
        'what they hold stays where it lies, without a row: write the ids down',
      ),
    ),
    ...(born.faults.length === 0
      ? []
      : [
          {
            level: 'warn' as const,
            code: 'WL-ROLLBACK-UNREAD',
            title: 'not everything that was made since could be read',
            evidence: born.faults.join('; '),
            remedy: 'ask the services themselves before it is lost',
            source: SOURCE,
          },
        ]),
  ];
}

function packages({ past, kept, disks }: Told): Finding[] {
  return Object.entries(kept).flatMap(([node, found]): Finding[] => {
    // With its disk go its packages.
    if (disks?.back.includes(node)) return [];
    const block = (title: string, evidence: string, remedy: string): Finding => ({
      level: 'block',
      code: 'WL-ROLLBACK-PACKAGES',
      node,
      title,
      evidence,
      remedy,
      source: SOURCE,
    });
    if (typeof found === 'string') {
      return raisedOn(past, node)
        ? [
            block(
              'packages rose here, and none were kept that can be read',
              found,
              'without them the way back is by the old archives or the disks: nothing here does that by itself',
            ),
          ]
        : [];
    }
    if (found.lacks.length > 0) {
      return [
        block(
          'kept packages are missing, or not what they were',
          found.lacks.join(', '),
          'put the versions that `wanted` in the kept folder names into its `debs`, then try again',
        ),
      ];
    }
    const { other } = found;
    return other.length === 0
      ? []
      : [
          {
            level: 'warn',
            code: 'WL-ROLLBACK-OTHERS',
            node,
            title: `${other.length} packages changed since, and not by the run: they are left as they are`,
            evidence: other
              .map(([key, was, now]) => `${key}: ${was ?? 'none'} -> ${now ?? 'none'}`)
              .join(', '),
            remedy: 'see that the old release bears them',
            source: SOURCE,
          },
        ];
  });
}

export interface Told {
  readonly past: Past;
  readonly kept: Readonly<Record<string, Kept>>;
  readonly checkpoint: Checkpoint | undefined;
  readonly decision: Decision;
  readonly since: number | undefined;
  /** What was made since; a string with why nobody could say. */
  readonly born: Born | string | undefined;
  readonly disks?: Disks | undefined;
  /** What the operator said of the databases. */
  readonly said?: 'keep' | 'restore' | undefined;
}

/** What an operator has to know before anything is stopped, and what keeps this way back from being taken. */
export function findingsOf(told: Told): Finding[] {
  const { past, checkpoint, decision, since, born, disks, said } = told;
  const finding = (
    level: Finding['level'],
    code: `WL-${string}`,
    title: string,
    evidence: string,
    remedy: string,
  ) => ({
    level,
    code,
    title,
    evidence,
    remedy,
    source: SOURCE,
  });
  const far = disks === undefined ? beyond(past) : [];
  const found: Finding[] =
    far.length === 0
      ? []
      : [
          finding(
            'block',
            'WL-ROLLBACK-BEYOND',
            'the run changed what packages, files and dumps do not bring back',
            far.map(({ id }) => id).join(', '),
            'go on with the run (windlass resume), or come back from the disks by hand: docs/rollback.md',
          ),
        ];
  if (checkpoint === undefined && changing(past).length > 0) {
    found.push(
      finding(
        'block',
        'WL-ROLLBACK-CHECKPOINT',
        'the run changed nodes, and no checkpoint of it is whole',
        changing(past)
          .slice(0, 5)
          .map(({ id }) => id)
          .join(', '),
        'name another checkpoint (--to), or go on with the run: windlass resume',
      ),
    );
  }
  if (disks) found.push(...diskFindings(disks, past));
  if (disks?.together && disks.back.length > 0 && said === 'keep') {
    found.push(
      finding(
        'block',
        'WL-ROLLBACK-DATABASES',
        'the databases cannot stay as they are: they lie on disks that go back',
        decision.because,
        'leave --databases keep away, or go on with the run: windlass resume',
      ),
    );
  }
  found.push(...packages(told));
  if (decision.is === 'restore') {
    const at = since === undefined ? 'the checkpoint' : new Date(since).toISOString();
    if (!checkpoint?.holds.includes('db')) {
      found.push(
        finding(
          'block',
          'WL-ROLLBACK-DATABASES',
          'the databases have to come back, and no checkpoint holds them',
          decision.because,
          'go on with the run: windlass resume',
        ),
      );
    }
    found.push(
      finding(
        'warn',
        'WL-ROLLBACK-RESTORE',
        `all databases come back as they were at ${at}: what was written since is lost`,
        decision.because,
        'tell the tenants; what is named below is what they lose',
      ),
    );
    if (typeof born === 'string') {
      found.push(
        finding(
          'block',
          'WL-ROLLBACK-UNREAD',
          'nobody can say what was made since',
          born,
          'bring a database member to Synced; then try again',
        ),
      );
    } else if (born !== undefined) found.push(...lost(born, at));
  }
  if (decision.is === 'keep') {
    const own = decide(past).is;
    found.push(
      finding(
        'warn',
        'WL-ROLLBACK-KEEP',
        own === 'restore'
          ? 'the databases stay as they are although the new release wrote in them: old code may not read every row'
          : 'the databases stay as they are: nothing that was written since is lost',
        decision.because,
        own === 'restore'
          ? 'nova and neutron break first: ask for lists and boot a guest'
          : 'the next plan finds databases newer than their code and is blocked (WL-CHECK-SCHEMA-HEAD); with --databases restore it is not, and what was written since the checkpoint is lost',
      ),
    );
  }
  return found;
}

import type { Outage } from '../model/plan.ts';

/**
 * Seconds things were away in the lab (research/lab.md 2 and 5): what a route predicts from. `L` in the source marks a
 * figure taken under load: its order counts, not its size.
 */
interface Measured {
  readonly seconds: number;
  readonly source: string;
}

export const MEASURED = {
  vipMove: { seconds: 1, source: 'lab.md 2: crm resource move, in-flight time-outs' },
  sqlOverVipMove: { seconds: 1, source: 'lab.md 2: 0.6 to 1.0' },
  sqlDrain: { seconds: 0.24, source: 'lab.md 2: drain of the active database server' },
  busStop: { seconds: 0.63, source: 'lab.md 2: RabbitMQ stopped on the connected node' },
  busCutover: { seconds: 4, source: 'lab.md 2: stop_app on nodes 2 and 3 (L)' },
  distUpgrade: { seconds: 122, source: 'lab.md 2: infrastructure node at load 6' },
  reboot: { seconds: 5, source: 'lab.md 1: 2.9 to 4.5 in a container; hardware takes minutes' },
  serviceStop: { seconds: 3, source: 'docs/measured.md, per node' },
  serviceStart: { seconds: 2, source: 'docs/measured.md, per node' },
  backendBack: { seconds: 5, source: 'docs/measured.md, per node: back in HAProxy' },
  release: { seconds: 150, source: 'docs/measured.md, per node: packages 2 min 20 s to 2 min 45 s' },
} as const satisfies Readonly<Record<string, Measured>>;

/** What one controller after the other costs, when at least two can serve. */
export function rollOutage(bus: 'in-place' | 'rebuild' | 'same' | 'none' | 'absent'): Outage {
  return {
    api: MEASURED.vipMove.seconds,
    vip: MEASURED.vipMove.seconds,
    sql: MEASURED.sqlOverVipMove.seconds + MEASURED.sqlDrain.seconds,
    bus: bus === 'absent' ? 0 : bus === 'rebuild' ? MEASURED.busCutover.seconds : MEASURED.busStop.seconds,
    guests: 0,
  };
}

/** What the only controller costs where its system changes: everything on it is away while its packages move. */
export function aloneOutage(): Outage {
  const away = MEASURED.distUpgrade.seconds + MEASURED.reboot.seconds;
  return { api: away, vip: away, sql: away, bus: away, guests: 0 };
}

/**
 * What it costs where the system stays: bus, database and VIP go on under it. `switches`: seconds that each of its services
 * takes from its stop until it answers again, its database's commands among them.
 */
export function aloneReleaseOutage(switches: readonly number[]): Outage {
  const api = switches.reduce((sum, seconds) => sum + seconds, MEASURED.release.seconds);
  return { api, vip: 0, sql: 0, bus: 0, guests: 0 };
}

/** What stopping a service, starting it again and giving it back to the balancers costs, its database left aside. */
export const switchSeconds = (): number =>
  MEASURED.serviceStop.seconds + MEASURED.serviceStart.seconds + MEASURED.backendBack.seconds;

/**
 * Seconds a hop takes where no plan can be made for it, by what was measured per node: the packages of every node one
 * after the other, a boot where the system changes, and each service's own stop and start on every controller.
 */
export function roughDuration(hop: {
  readonly nodes: number;
  readonly controllers: number;
  readonly services: number;
  readonly boots: boolean;
}): number {
  const node = MEASURED.release.seconds + (hop.boots ? MEASURED.reboot.seconds : 0);
  return hop.nodes * node + hop.controllers * hop.services * switchSeconds();
}

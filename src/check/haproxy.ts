import { isUp } from '../drivers/haproxy.ts';
import { blocking, type Check, type Found, read, type Scene } from './check.ts';

interface Row {
  readonly node: string;
  readonly backend: string;
  readonly server: string;
  readonly address: string;
  readonly status: string;
  readonly check: string;
}

const rows = (scene: Scene): readonly Row[] =>
  read(scene).flatMap(([node, { haproxy }]) =>
    (haproxy?.servers ?? []).map((server) => ({ node, ...server })),
  );

const isSql = ({ address, backend }: Row): boolean =>
  address.endsWith(':3306') || /^(galera|mysql|mariadb|sql)(be|-?back.*)?$/i.test(backend);

export const haproxySocket: Check = {
  code: 'WL-CHECK-HAPROXY-SOCKET',
  title: 'A balancer cannot be asked',
  source: '001; research/lab.md 2',
  find: (scene) =>
    read(scene).flatMap(([node, { haproxy }]) =>
      haproxy && haproxy.servers.length === 0
        ? [
            {
              level: blocking(scene),
              node,
              evidence: `${haproxy.socket} on ${node} gives no server: nothing can be drained there`,
              remedy: `On ${node}: systemctl start haproxy, and 'stats socket ${haproxy.socket} level admin' in haproxy.cfg; apt-get install socat.`,
            },
          ]
        : [],
    ),
};

/** Draining one server spends what is left of the backend. */
export const haproxyServer: Check = {
  code: 'WL-CHECK-HAPROXY-SERVER',
  title: 'A server behind the balancer is down',
  source: '001; design.md 2 (4)',
  find(scene) {
    const all = rows(scene);
    const found = new Map<string, Found>();
    for (const { node, backend } of all) {
      const mine = all.filter((row) => row.node === node && row.backend === backend);
      const out = mine.filter(({ status }) => !isUp(status));
      if (out.length === 0 || found.has(backend)) continue;
      const left = mine.length - out.length;
      const drained = out.filter(({ status }) => /^(MAINT|DRAIN)/.test(status));
      const broken = out.filter((row) => !drained.includes(row));
      found.set(backend, {
        level: left < 2 ? blocking(scene) : 'warn',
        evidence: `backend ${backend} on ${node}: ${out.map(({ server, status }) => `${server} ${status}`).join(', ')}; ${left} of ${mine.length} are UP`,
        remedy: [
          ...broken.map(({ server, address }) => `Mend ${server} (${address}) until its check passes.`),
          ...drained.map(
            ({ server }) =>
              `If nobody works on ${server}: echo 'set server ${backend}/${server} state ready' | socat stdio unix-connect:/run/haproxy/admin.sock, on every balancer.`,
          ),
        ].join(' '),
      });
    }
    return [...found.values()];
  },
};

/** Without a check the balancer goes on sending clients to a stopped database (000). */
export const haproxySqlCheck: Check = {
  code: 'WL-CHECK-HAPROXY-SQL-CHECK',
  title: 'The database backend has no health check',
  source: '000',
  find(scene) {
    const found = new Map<string, Found>();
    for (const row of rows(scene).filter(isSql)) {
      const none = row.status === 'no check';
      // `* ` marks a check that is under way.
      const shallow = /^(\* )?L4OK/.test(row.check);
      if ((!none && !shallow) || found.has(row.backend)) continue;
      found.set(row.backend, {
        level: none ? 'block' : 'warn',
        evidence: none
          ? `backend ${row.backend} on ${row.node} does not check ${row.server}: a stopped MariaDB would still get clients`
          : `backend ${row.backend} on ${row.node} only asks whether the port is open (${row.check}): a member that is not Synced would still get clients`,
        remedy: `In haproxy.cfg, backend ${row.backend}: 'option mysql-check user haproxy' (or 'option httpchk' with clustercheck) and 'check' on each server; systemctl reload haproxy.`,
      });
    }
    return [...found.values()];
  },
};

import { blocking, type Check, type Found, read } from './check.ts';

/** Stopping a member while another is only joining takes Primary away from all (lab.md section 2). */
export const galera: Check = {
  code: 'WL-CHECK-GALERA-MEMBER',
  title: 'A database member is out',
  source: '000; research/lab.md 2',
  find(scene) {
    const members = read(scene).filter(([, facts]) => facts.galera);
    return members.flatMap(([node, { galera: state }]): Found[] => {
      if (!state) return [];
      if (state.state !== 'Synced') {
        return [
          {
            level: blocking(scene),
            node,
            evidence: `MariaDB on ${node} is '${state.state}', not Synced`,
            remedy: `On ${node}: systemctl start mariadb; then wait until SHOW STATUS LIKE 'wsrep_local_state_comment' says Synced.`,
          },
        ];
      }
      if (state.clusterStatus !== 'Primary') {
        return [
          {
            level: 'block',
            node,
            evidence: `${node} is in a ${state.clusterStatus} part of the database cluster`,
            remedy:
              'Find the member with the highest seqno in grastate.dat and bootstrap from it: galera_new_cluster.',
          },
        ];
      }
      if (state.clusterSize < members.length) {
        return [
          {
            level: blocking(scene),
            node,
            evidence: `${node} sees ${state.clusterSize} members, the cluster has ${members.length}`,
            remedy: 'Start MariaDB on the missing members and wait until each is Synced.',
          },
        ];
      }
      return [];
    });
  },
};

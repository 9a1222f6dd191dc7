import { compareVersions } from '../catalog/version.ts';
import { type Check, read } from './check.ts';

const FIXED = '8.1.4';
const PACKAGES = ['python3-oslo.messaging', 'python-oslo.messaging'];

/** 8.1.3 reconnects to the same server for ever instead of trying the others: the bus could not be moved. */
export const osloMessaging: Check = {
  code: 'WL-CHECK-OSLO-MESSAGING',
  title: 'oslo.messaging reconnects only to the server it lost',
  source: '000',
  find: (scene) =>
    read(scene).flatMap(([node, { packages }]) => {
      const name = PACKAGES.find((one) => packages[one]);
      const version = name === undefined ? undefined : packages[name]?.version;
      const upstream = version?.replace(/^\d+:/, '');
      return upstream === undefined || compareVersions(upstream, FIXED) >= 0
        ? []
        : [
            {
              level: 'block' as const,
              node,
              evidence: `${name} ${version} on ${node} is older than ${FIXED}`,
              remedy: `On ${node}: apt-get install ${name} (${FIXED} or newer), then restart every OpenStack daemon: the package does not.`,
            },
          ];
    }),
};

import { backendNames, defineService } from '../service.ts';

const STORE = ['account', 'container', 'object'] as const;

export const swift = defineService({
  name: 'swift',
  source: '001; debian bookworm/trixie package list',
  after: ['keystone'],
  bus: false,
  databases: [],
  etc: ['/etc/swift'],
  roles: {
    'swift-proxy': {
      packages: ['swift-proxy', 'swift-object-expirer', 'swift', 'python3-swift'],
      units: ['swift-object-expirer', 'swift-proxy'],
    },
    'swift-store': {
      packages: [...STORE.map((name) => `swift-${name}`), 'swift-drive-audit', 'swift', 'python3-swift'],
      // Servers before the daemons that go through them.
      units: [
        'swift-account',
        'swift-container',
        'swift-object',
        'swift-account-auditor',
        'swift-account-reaper',
        'swift-account-replicator',
        'swift-container-auditor',
        'swift-container-reconciler',
        'swift-container-replicator',
        'swift-container-sharder',
        'swift-container-sync',
        'swift-container-updater',
        'swift-object-auditor',
        'swift-object-reconstructor',
        'swift-object-replicator',
        'swift-object-updater',
      ],
    },
  },
  api: {
    port: 8080,
    path: '/healthcheck',
    expect: [200],
    unit: 'swift-proxy',
    backends: [...backendNames('swift'), 'swiftproxy', 'swiftproxybe', 'swift_proxy-back'],
  },
  database: [],
  rolls: [],
  pace: [
    {
      class: 'swift-store',
      units: STORE.map((name) => `swift-${name}`),
      limit: 1,
      every: 30,
      source: 'Swift upgrade notes: one zone at a time, storage nodes before proxies',
    },
  ],
  facts: [
    {
      says: 'storage nodes before proxies: a new proxy may ask what an old store does not know',
      source: 'Swift CHANGELOG and upgrade notes',
    },
    {
      says: 'what is written while a store is away goes to hand-off nodes and comes back by replication: look at swift-recon --replication before the next one',
      source: 'Swift documentation, replication',
    },
    {
      says: 'it keeps no database of its own on the cluster: accounts and containers are SQLite files on the stores, brought up as they are opened',
      source: 'swift/account/backend.py (2.35.1)',
    },
    {
      says: 'it has its own numbers: bookworm has 2.30.1, trixie 2.35.1',
      source: 'debian bookworm/trixie package list',
    },
  ],
  incomplete:
    'nobody has upgraded it in the lab; that replication has caught up is not awaited between two stores',
});

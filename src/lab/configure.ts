import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WindlassError } from '../model/error.ts';
import { BARE_SUITES, siteOn } from './bare.ts';
import type { Lab } from './lab.ts';
import { openRoot } from './node.ts';
import { putFile } from './provision.ts';
import { type LabService, type NodeFile, runsOn } from './service.ts';
import { servicesOf } from './services/index.ts';
import type { SiteNode } from './site.ts';

/** Where the text of a packaged file is kept that ours is made of: made again, it must not be made of ours. */
const PACKAGED = 'var/lib/windlass-lab/packaged';

/** The file as it is to be, made of the text its package brought. */
function made(root: string, file: NodeFile): NodeFile {
  const { content } = file;
  if (typeof content === 'string') return file;
  const kept = join(root, PACKAGED, file.path);
  if (!existsSync(kept)) {
    mkdirSync(dirname(kept), { recursive: true, mode: 0o700 });
    writeFileSync(kept, readFileSync(join(root, file.path)), { mode: 0o600 });
  }
  return { ...file, content: content(readFileSync(kept, 'utf8')) };
}

const INSTALL = (
  packages: readonly string[],
  idle: readonly string[],
): string => `export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -qy --no-install-recommends -o Dpkg::Options::=--force-confold ${packages.join(' ')}
apt-get clean
systemctl -q disable --now apt-daily.timer apt-daily-upgrade.timer
for unit in ${idle.join(' ')}; do
  # Not every release has each of them: Epoxy's nova brings no nova-xenvncproxy.
  if [ -n "$(systemctl list-unit-files --no-legend "$unit.service")" ]; then systemctl -q disable --now "$unit"; fi
done
`;

/**
 * What a configuration tool does for a real cluster's node: the packages of everything that runs there, on the system
 * that it has, and their files. It starts nothing itself, and may be asked as often as one likes.
 */
export async function labConfigure(lab: Lab, name: string): Promise<void> {
  const machine = lab.machines.find((one) => one.name === name);
  const release = machine && (await lab.hands.on(nodeOf(lab, name), 'cat /etc/os-release'));
  const suite = BARE_SUITES.find((one) => release?.includes(`VERSION_CODENAME=${one}`));
  if (machine === undefined || suite === undefined) {
    throw new WindlassError(
      {
        code: 'WL-LAB-NODE',
        message: machine
          ? `${name} runs a system the lab knows no packages for`
          : `the lab has no node ${name}`,
        remedy: `name one of ${lab.machines.map((one) => one.name).join(', ')}, on ${BARE_SUITES.join(' or ')}`,
      },
      2,
    );
  }
  const site = siteOn(lab.site, suite);
  const node = nodeOf({ site }, name);
  const own: readonly LabService[] = servicesOf(site.topology).filter((service) => runsOn(service, node));
  lab.say(`configuring ${name} for ${suite}: ${own.map((service) => service.name).join(', ')}`);
  const packages = [...new Set(own.flatMap((service) => service.packages))];
  const idle = own.flatMap((service) => service.idle ?? []);
  await lab.hands.on(node, INSTALL(packages, idle), { timeoutMs: 3_600_000 });
  const root = openRoot(machine);
  for (const file of own.flatMap((service) => service.files(site, node))) putFile(root, made(root, file));
}

const nodeOf = ({ site }: Pick<Lab, 'site'>, name: string): SiteNode => {
  const node = site.nodes.find((one) => one.name === name);
  if (node === undefined) throw new RangeError(`no node ${name}`);
  return node;
};

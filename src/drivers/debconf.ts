import type { NodeFacts } from '../model/facts.ts';
import { lines, type Part } from './text.ts';

/**
 * Packages that were told to look after their database themselves (`PACKAGE/configure_db`): their scripts run the whole migration
 * whenever they are configured, so at every upgrade, on whichever node that comes first. From debconf's own store, since
 * asking debconf waits for its lock. Source: postinst of nova-common, neutron-common, heat-common and others of Zed.
 */
export const selfMigrating: Part<NodeFacts['selfMigrating']> = {
  script: `echo '== self-migrating'
[ ! -r /var/cache/debconf/config.dat ] || awk '
  /^Name: / { name = $2; value = ""; owner = "" }
  /^Value: / { value = $2 }
  /^Owners: / { owner = $2; sub(/,$/, "", owner) }
  /^$/ { tell() }
  END { tell() }
  function tell() { if (name ~ "/configure_db$" && value == "true") print owner, name; name = "" }
' /var/cache/debconf/config.dat
`,
  read(part) {
    const found = lines(part['self-migrating'] ?? '').flatMap((line) => {
      const [owner, question] = line.split(' ');
      return owner === undefined || question === undefined ? [] : [{ package: owner, question }];
    });
    return found.length > 0 ? found : undefined;
  },
};

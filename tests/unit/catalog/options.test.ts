import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { optionEdits } from '../../../src/catalog/options/edits.ts';
import { judgeOption, type OptionStory } from '../../../src/catalog/options/judge.ts';
import { knownOptions, namesWithChoices } from '../../../src/catalog/options/known.ts';
import { SeriesOptions } from '../../../src/catalog/options/metadata.ts';
import { optionPlaces, serviceOf } from '../../../src/catalog/options/places.ts';
import { surveyOptions } from '../../../src/catalog/options/survey.ts';
import { readOptionsInUse } from '../../../src/discover/options.ts';
import { secretsOf, servicesOf } from '../../../src/lab/services/index.ts';
import { siteOf } from '../../../src/lab/site.ts';
import { topologyNamed } from '../../../src/lab/topologies/index.ts';
import type { OptionsInUse } from '../../../src/model/facts.ts';

const SERVICES =
  'keystone glance placement nova neutron cinder heat barbican designate octavia aodh ceilometer magnum manila ironic';

const story = (
  service: string,
  option: string,
  over: { value?: string; siblings?: string[]; from?: string } = {},
): OptionStory | undefined => {
  const at = option.indexOf('/');
  const to = knownOptions('2025.1', service);
  if (to === undefined) throw new Error(`no options of ${service}`);
  return judgeOption(
    {
      group: option.slice(0, at),
      name: option.slice(at + 1),
      ...(over.value === undefined ? {} : { value: over.value }),
    },
    new Set(over.siblings),
    knownOptions(over.from ?? 'zed', service),
    to,
  );
};

/** Options of one file, as discovery tells them. */
const file = (path: string, text: string): OptionsInUse =>
  readOptionsInUse({ rc: 0, out: `== ${path}\n${text}`, err: '' }) ?? {};

describe.each(['zed', '2025.1'])('the data of %s', (series) => {
  const text = readFileSync(join(import.meta.dirname, `../../../src/catalog/options/${series}.json`), 'utf8');
  const data = SeriesOptions.parse(JSON.parse(text));

  test('is whole, says where it is from and stays small', () => {
    expect(data.series).toBe(series);
    expect(data.source).toMatch(/Debian/);
    expect(Object.keys(data.services)).toEqual(expect.arrayContaining(SERVICES.split(' ')));
    for (const set of Object.values(data.services)) expect(set.source).toMatch(/^\w+ \d/);
    expect(text.length).toBeLessThan(300_000);
  });

  test('has a detail only of options it has', () => {
    for (const { groups, details } of [data.common, ...Object.values(data.services)]) {
      const all = new Set(
        Object.entries(groups).flatMap(([group, names]) =>
          names.split(' ').map((name) => `${group}/${name}`),
        ),
      );
      expect(Object.keys(details).filter((option) => !all.has(option))).toEqual([]);
    }
  });
});

describe('an option on the way from Zed to Epoxy', () => {
  test('that both know and mean to keep is no story', () => {
    expect(story('nova', 'DEFAULT/transport_url')).toBeUndefined();
    expect(story('neutron', 'ml2/mechanism_drivers')).toBeUndefined();
    expect(story('keystone', 'token/provider')).toBeUndefined();
  });

  test('that the target has not is removed, with the reason the old code gives', () => {
    expect(story('nova', 'api/use_forwarded_for')).toMatchObject({
      is: 'removed',
      why: expect.stringContaining('HTTPProxyToWSGI'),
    });
    expect(story('keystone', 'memcache/dead_retry')).toMatchObject({
      is: 'removed',
      why: expect.stringContaining('memcache_dead_retry'),
    });
    expect(story('neutron', 'vxlan/l2_population')).toEqual({ is: 'removed', elsewhere: ['agent'] });
  });

  test('under an old name that is read no more is lost, and the new name is known', () => {
    expect(story('neutron', 'DEFAULT/lock_path')).toEqual({
      is: 'lost',
      now: [{ group: 'oslo_concurrency', name: 'lock_path', multi: false }],
    });
    expect(story('glance', 'DEFAULT/sql_connection')).toMatchObject({
      is: 'lost',
      now: [{ group: 'database', name: 'connection' }],
    });
  });

  test('under an old name beside its new one is not lost: the new one counts in both releases', () => {
    const both = '[DEFAULT]\nlock_path = /x\n[Oslo_Concurrency]\nlock_path = /y\n';
    expect(surveyOptions(file('/etc/nova/nova.conf', both), 'zed', '2025.1')).toEqual([]);
  });

  test('of an old name that is still read is renamed', () => {
    expect(story('nova', 'oslo_messaging_rabbit/rabbit_quroum_max_memory_length')).toMatchObject({
      is: 'renamed',
      now: [{ group: 'oslo_messaging_rabbit', name: 'rabbit_quorum_max_memory_length' }],
    });
  });

  test('that the target means to remove is leaving', () => {
    expect(story('keystone', 'oslo_policy/enforce_scope')).toMatchObject({ is: 'leaving' });
  });

  test('with a value that is gone is refused; with one that stays it is not', () => {
    expect(story('cinder', 'DEFAULT/target_helper', { value: 'ietadm' })).toMatchObject({ is: 'refused' });
    expect(story('cinder', 'DEFAULT/target_helper', { value: 'tgtadm' })).toBeUndefined();
    expect(story('cinder', 'DEFAULT/target_helper')).toBeUndefined();
  });

  test('that nobody knows is unknown, as is a section with a slip of the pen', () => {
    expect(story('nova', 'databse/connection')).toEqual({ is: 'unknown' });
    expect(story('nova', 'DEFAULT/dbug')).toEqual({ is: 'unknown' });
    expect(story('nova', 'DEFAULT/dbug', { from: 'rocky' })).toEqual({ is: 'unknown' });
  });
});

describe('no false alarm', () => {
  test('for the credentials that a keystoneauth plugin takes', () => {
    for (const name of [
      'username',
      'password',
      'project_name',
      'user_domain_name',
      'application_credential_id',
    ]) {
      expect(story('nova', `keystone_authtoken/${name}`)).toBeUndefined();
      expect(story('neutron', `nova/${name}`)).toBeUndefined();
      expect(story('heat', `a_group_of_my_own/${name}`, { siblings: ['auth_type', name] })).toBeUndefined();
    }
    expect(story('heat', 'a_group_of_my_own/username')).toEqual({ is: 'unknown' });
  });

  test('for sections that an operator names: the option is judged by its name', () => {
    expect(story('cinder', 'lvm-1/volume_driver')).toBeUndefined();
    expect(story('glance', 'fs/filesystem_store_datadir')).toBeUndefined();
    expect(story('manila', 'generic1/share_driver')).toBeUndefined();
    expect(story('cinder', 'lvm-1/iet_conf')).toEqual({ is: 'removed', elsewhere: [] });
    expect(story('cinder', 'lvm-1/iscsi_secondary_ip_addresses')).toEqual({
      is: 'renamed',
      now: [{ group: 'lvm-1', name: 'target_secondary_ip_addresses', multi: false }],
    });
  });

  test('for contexts of privsep and protocols of a federation', () => {
    expect(story('nova', 'vif_plug_ovs_privileged/helper_command')).toBeUndefined();
    expect(story('nova', 'vif_plug_ovs_privileged/connection')).toEqual({ is: 'unknown' });
    expect(story('keystone', 'openid/remote_id_attribute')).toBeUndefined();
  });

  test('for what the code registers without listing it, and groups written in capitals', () => {
    expect(story('nova', 'mdev_nvidia-35/mdev_class')).toBeUndefined();
    expect(story('neutron', 'oslo_messaging_metrics/metrics_enabled')).toBeUndefined();
    expect(story('keystone', 'DATABASE/connection')).toBeUndefined();
  });

  test('for files that oslo.config does not read', () => {
    const paste = file('/etc/nova/other.ini', '[filter:x]\npaste.filter_factory = y\nnonsense = 1\n');
    expect(surveyOptions(paste, 'zed', '2025.1')).toEqual([]);
    expect(surveyOptions(file('/etc/swift/proxy.conf', '[x]\ny = 1\n'), 'zed', '2025.1')).toEqual([]);
  });

  test('for the files of the lab: Epoxy has no linuxbridge to switch on, and that is all', () => {
    const topology = topologyNamed('cloud');
    const secrets = Object.keys(secretsOf(topology)).map((name) => [name, 'secret']);
    const site = siteOf(topology, '10.77.9', Object.fromEntries(secrets));
    const files = servicesOf(topology).flatMap((service) =>
      site.nodes.flatMap((node) => service.files(site, node)),
    );
    const read = files.flatMap(({ path, content }) =>
      serviceOf(path) !== undefined && /\.(conf|ini)$/.test(path) && typeof content === 'string'
        ? [file(path, content)]
        : [],
    );
    expect(read.length).toBeGreaterThan(5);
    const told = read.flatMap((options) => surveyOptions(options, 'zed', '2025.1'));
    const alarms = told.filter(({ story: { is } }) => is !== 'leaving' && is !== 'renamed');
    expect(alarms.filter(({ group, name }) => `${group}/${name}` !== 'experimental/linuxbridge')).toEqual([]);
  });
});

describe('edits', () => {
  const options = file(
    '/etc/neutron/neutron.conf',
    `[DEFAULT]
lock_path = /x
sql_connection = mysql://
transport_url = rabbit://
[DATABASE]
max_retries = 1
[vxlan]
l2_population = true
[oslo_messaging_rabbit]
rabbit_quroum_max_memory_length = 1
`,
  );

  test('are of what can be changed without asking, under the spelling the file has', () => {
    expect(optionEdits('neutron', options, 'zed', '2025.1')).toEqual([
      {
        path: '/etc/neutron/neutron.conf',
        keep: '/etc/neutron/neutron.conf.before-2025.1',
        edits: [
          {
            section: 'DEFAULT',
            name: 'lock_path',
            to: { section: 'oslo_concurrency', name: 'lock_path' },
            multi: false,
          },
          {
            section: 'DEFAULT',
            name: 'sql_connection',
            to: { section: 'DATABASE', name: 'connection' },
            multi: false,
          },
          { section: 'vxlan', name: 'l2_population', to: null, multi: false },
          {
            section: 'oslo_messaging_rabbit',
            name: 'rabbit_quroum_max_memory_length',
            to: { section: 'oslo_messaging_rabbit', name: 'rabbit_quorum_max_memory_length' },
            multi: false,
          },
        ],
      },
    ]);
  });

  test('are none for another service, and none where an old name could mean two new ones', () => {
    expect(optionEdits('nova', options, 'zed', '2025.1')).toEqual([]);
    const nova = file('/etc/nova/nova.conf', '[DEFAULT]\nsql_connection = mysql://\n');
    expect(surveyOptions(nova, 'zed', '2025.1')).toMatchObject([{ story: { is: 'lost', now: [{}, {}] } }]);
    expect(optionEdits('nova', nova, 'zed', '2025.1')).toEqual([]);
  });
});

test('what is asked of a node by value can be no secret', () => {
  expect(namesWithChoices()).toContain('target_helper');
  for (const name of namesWithChoices()) expect(name).not.toMatch(/pass|secret|key|token|url|connection/);
  expect(optionPlaces()).toContain('/etc/nova');
});

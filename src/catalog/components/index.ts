import type { PlatformName } from '../../model/cluster.ts';
import type { Component } from '../component.ts';
import { ceph, cephMon, cephOsd, radosgw } from './ceph.ts';
import { galera } from './galera.ts';
import { haproxy } from './haproxy.ts';
import { libvirt } from './libvirt.ts';
import { memcached } from './memcached.ts';
import { openvswitch, ovn } from './openvswitch.ts';
import { pacemaker } from './pacemaker.ts';
import { rabbitmq } from './rabbitmq.ts';
import { systemd } from './systemd.ts';

export const COMPONENTS: Readonly<Record<string, Component>> = {
  rabbitmq,
  galera,
  pacemaker,
  haproxy,
  memcached,
  ceph,
  'ceph-mon': cephMon,
  'ceph-osd': cephOsd,
  radosgw,
  openvswitch,
  ovn,
  libvirt,
  systemd,
};

/** Components that are there by a node's role and not by a word in `platform`. */
export type RoleComponent =
  | 'ceph-mon'
  | 'ceph-osd'
  | 'radosgw'
  | 'openvswitch'
  | 'ovn'
  | 'libvirt'
  | 'systemd';

/** What is known of one of the things that carry a cloud; undefined for puppet, which Windlass only meets. */
export function component(name: PlatformName | RoleComponent): Component | undefined {
  return COMPONENTS[name];
}

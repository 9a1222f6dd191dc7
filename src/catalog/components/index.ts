import type { PlatformName } from '../../model/cluster.ts';
import type { Component } from '../component.ts';
import { galera } from './galera.ts';
import { haproxy } from './haproxy.ts';
import { memcached } from './memcached.ts';
import { pacemaker } from './pacemaker.ts';
import { rabbitmq } from './rabbitmq.ts';
import { systemd } from './systemd.ts';

export const COMPONENTS: Readonly<Record<string, Component>> = {
  rabbitmq,
  galera,
  pacemaker,
  haproxy,
  memcached,
  systemd,
};

/** What is known of one of the things that carry a cloud; undefined for puppet and ceph, which Windlass only meets. */
export function component(name: PlatformName | 'systemd'): Component | undefined {
  return COMPONENTS[name];
}

import { findSeries, seriesOrder } from '../catalog/releases.ts';
import { isAuto, WORKAROUND } from '../drivers/pins.ts';
import type { Pin } from '../model/facts.ts';
import { type Check, type Found, read } from './check.ts';

/** A pin that was set for an upgrade and stayed: new code goes on speaking the old release's words. */
export const rpcPins: Check = {
  code: 'WL-CHECK-RPC-PIN',
  title: 'Services are pinned to what an older release understands',
  source: 'nova/conf/upgrade_levels.py; research/rules.md; 002',
  find: (scene) =>
    read(scene).flatMap(([node, { pins = [] }]): Found[] =>
      pins
        .filter((pin) => pin.option !== WORKAROUND && !isAuto(pin) && pin.value !== '')
        .map((pin) => {
          const named = findSeries(pin.value);
          const left = named !== undefined && seriesOrder(named.id) < seriesOrder(scene.from.openstack);
          return {
            level: left ? ('block' as const) : ('warn' as const),
            node,
            evidence: `${place(pin)} on ${node}: [${pin.section}] ${pin.option} = ${pin.value}${left ? `, which an upgrade before ${scene.from.openstack} left behind` : ''}`,
            remedy: `On ${node}: ${pin.section === 'upgrade_levels' ? `set ${pin.option} = auto in ${pin.path}` : `take line ${pin.line} out of ${pin.path}`}, then restart its services; auto asks the oldest service at each start.`,
          };
        }),
    ),
};

const place = ({ path, line }: Pin): string => `${path}:${line}`;

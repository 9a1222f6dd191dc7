import { z } from 'zod';

/** What a cluster is or should become: distribution codename and OpenStack series by catalogue id. */
export const Standing = z.strictObject({ os: z.string(), openstack: z.string() });
export type Standing = z.infer<typeof Standing>;
export type Target = Standing;

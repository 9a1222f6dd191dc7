import type { Rolls } from '../service.ts';

/**
 * From Epoxy to Gazpacho and on to Hibiscus: what a service's migrations in Debian's packages do, as read from their own
 * code. They only add, so the old code goes on answering on the new schema.
 */
export const additive = (gazpacho: string, hibiscus: string): readonly Rolls[] => [
  {
    from: '2025.1',
    to: '2026.1',
    how: 'rolling',
    note: gazpacho,
    source: "the migrations in the packages' own code, read: trixie's and forky's",
  },
  {
    from: '2026.1',
    to: '2026.2',
    how: 'rolling',
    note: hibiscus,
    source: "the migrations in the packages' own code, read: forky's and sid's",
  },
];

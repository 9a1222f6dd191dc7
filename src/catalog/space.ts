/**
 * Disk a node needs while its packages are exchanged, in MB. A whole controller fetched 349 MB in the lab; what is
 * unpacked beside what it replaces, and logs, databases and initrds meanwhile, is an estimate.
 */
export const SPACE = {
  os: { archives: 400, system: 1200, source: 'research/lab.md 4: 647 upgraded, 114 new, 349 MB of archives' },
  release: { archives: 30, system: 200, source: 'research/lab.md 5: 99 packages, 20 MB' },
} as const;

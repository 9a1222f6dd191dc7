#!/usr/bin/env node
// Runs the TypeScript sources with a node that strips types: the machine's own if it is new enough,
// else the one the lockfile installs (package `node`). Kept free of syntax an old node cannot read.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 24 || (major === 24 && minor >= 15)) {
  await import(main);
} else {
  const bundled = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(bundled)) {
    console.error(
      `WL-NODE: windlass needs node 24.15 or newer, this is ${process.versions.node}; run 'npm ci' first`,
    );
    process.exit(2);
  }
  const forward = (signal) => process.on(signal, () => {});
  forward('SIGINT'); // the child gets the terminal's Ctrl-C itself and decides; we only wait for it
  const result = spawnSync(bundled, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(result.status ?? 130);
}

import { expect, test } from 'vitest';
import { CHECKS } from '../../../src/check/index.ts';

/** docs/traps.md is made from the checks; after a change: npx vitest run --project unit tests/unit/check -u */
test('docs/traps.md names every trap that is looked for, and where the knowledge comes from', async () => {
  const rows = CHECKS.map(({ code, title, source }) => `| \`${code}\` | ${title} | ${source} |`);
  await expect(`# What \`windlass check\` looks for

Each is found in what discovery read, with its evidence and a remedy to type. 000 to 004 are the documents this project
grew out of; \`research/lab.md\` is what was seen on real hosts, \`research/rules.md\` what upstream writes.

| Code | Trap | Known from |
|---|---|---|
${rows.join('\n')}
`).toMatchFileSnapshot('../../../docs/traps.md');
});

import { defineConfig } from 'vitest/config';

// `unit` needs nothing but node; `lab` needs root and builds real hosts, one file at a time;
// `haul` is the long way with a whole cloud, by hand: npm run test:haul.
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'lab',
          include: ['tests/lab/**/*.test.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'haul',
          include: ['tests/haul/**/*.test.ts'],
          testTimeout: 10_800_000,
          hookTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

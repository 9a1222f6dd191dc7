import { describe, expect, test } from 'vitest';
import { strangeDefaults } from '../../../src/catalog/components/table-defaults.ts';

describe('defaults of a database that are not what its tables have', () => {
  test('heat of Zed: every table names utf8 itself, the database was made as the server is', () => {
    expect(strangeDefaults({ heat: 'utf8mb4_general_ci' }, { heat: { utf8mb3_general_ci: 15 } })).toEqual([
      {
        schema: 'heat',
        is: 'utf8mb4_general_ci',
        tables: 'utf8mb3_general_ci',
        counts: { utf8mb3_general_ci: 15 },
        clear: true,
      },
    ]);
  });

  test('nova_api: what most tables have counts, and none has the default', () => {
    const counts = { latin1_swedish_ci: 11, utf8mb3_general_ci: 20 };
    expect(strangeDefaults({ nova_api: 'utf8mb4_general_ci' }, { nova_api: counts })).toMatchObject([
      { tables: 'utf8mb3_general_ci', clear: true },
    ]);
  });

  test('where some tables have it, nobody can say which is meant', () => {
    const counts = { utf8mb4_general_ci: 2, utf8mb3_general_ci: 20 };
    expect(strangeDefaults({ site: 'utf8mb4_general_ci' }, { site: counts })).toMatchObject([
      { clear: false },
    ]);
  });

  test.each([
    ['all alike', { neutron: { utf8mb4_general_ci: 189 } }],
    ['most alike', { neutron: { utf8mb4_general_ci: 100, latin1_swedish_ci: 4 } }],
    ['no table yet', {}],
  ])('%s: nothing to say', (_, tables) => {
    expect(strangeDefaults({ neutron: 'utf8mb4_general_ci' }, tables)).toEqual([]);
  });
});

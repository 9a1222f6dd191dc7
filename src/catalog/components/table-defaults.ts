/** A schema whose new tables would be made otherwise than those they refer to. */
export interface StrangeDefault {
  readonly schema: string;
  /** What new tables get now. */
  readonly is: string;
  /** What most of its own tables have. */
  readonly tables: string;
  /** Tables by collation. */
  readonly counts: Readonly<Record<string, number>>;
  /** No table at all has the default, so that it can only have been an oversight. */
  readonly clear: boolean;
}

/**
 * Schemas whose default collation is not that of most of their tables. A table that a later release adds without
 * naming a character set gets the default, and its foreign key to a column of an old one is refused (errno 150): heat's
 * tables name utf8 themselves, its database was made as the server's utf8mb4, and Gazpacho's sync failed on it
 * (docs/rolling.md).
 */
export function strangeDefaults(
  databases: Readonly<Record<string, string>>,
  tables: Readonly<Record<string, Readonly<Record<string, number>>>>,
): StrangeDefault[] {
  return Object.entries(databases).flatMap(([schema, is]) => {
    const counts = tables[schema] ?? {};
    const [most] = Object.entries(counts).sort(([, a], [, b]) => b - a);
    if (most === undefined || most[0] === is) return [];
    return [{ schema, is, tables: most[0], counts, clear: (counts[is] ?? 0) === 0 }];
  });
}

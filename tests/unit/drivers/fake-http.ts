// What the services of the fake cloud have in common: routes, answers, lists that come in pages.

export interface Ask {
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
export type Route = readonly [method: string, path: RegExp, act: (ask: Ask) => Answer];

/** Anything that is found by its id or its name. */
export interface Item {
  readonly id: string;
  readonly name?: string;
}

export const ok = (body: unknown, status = 200): Answer => ({ status, body });
export const no = (status: number, message: string): Answer => ({ status, body: { error: { message } } });

/**
 * One page of a list. The next one's address is the service's own idea of where it stands, which no client can reach;
 * glance writes it beside the list, nova and neutron into a list of links.
 */
export function paged(size: number, key: string, items: readonly Item[], query: URLSearchParams): Answer {
  const limit = Math.min(size, Number(query.get('limit') ?? size));
  const marker = query.get('marker');
  const start = marker === null ? 0 : items.findIndex(({ id }) => id === marker) + 1;
  const page = items.slice(start, start + limit);
  if (page.length < limit) return ok({ [key]: page });
  const next = new URLSearchParams(query);
  next.set('marker', page.at(-1)?.id ?? '');
  const href = `http://behind-the-balancer.invalid/${key}?${next}`;
  return ok({
    [key]: page,
    ...(key === 'images' ? { next: href } : { [`${key}_links`]: [{ rel: 'next', href }] }),
  });
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WindlassError } from '../model/error.ts';

/** The Debian mirror this machine itself uses: the only place its labs take packages from. */
export interface Mirror {
  readonly debian: string;
  readonly security: string;
}

/** Addresses of the package sources in apt's files, one-line and deb822 alike. */
export function sourceAddresses(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const oneLine = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s/.exec(line)?.[1];
    if (oneLine !== undefined) found.push(oneLine);
    const deb822 = /^URIs:\s*(.+)$/.exec(line)?.[1];
    if (deb822 !== undefined) found.push(...deb822.trim().split(/\s+/));
  }
  return found.map((address) => address.replace(/\/+$/, ''));
}

/** Picks Debian's archive and its security archive out of source addresses. */
export function mirrorFrom(addresses: readonly string[]): Mirror {
  const http = addresses.filter((address) => /^https?:\/\//.test(address));
  const debian = http.find((address) => address.endsWith('/debian'));
  if (debian === undefined) {
    throw new WindlassError({
      code: 'WL-LAB-MIRROR',
      message: 'no Debian mirror among this machine’s apt sources',
      remedy: 'add an http source that ends in /debian to /etc/apt/sources.list',
    });
  }
  const security = http.find((address) => /\/debian-security$|\/security$/.test(address));
  return { debian, security: security ?? `${debian}-security` };
}

/** Reads the mirror from this machine's apt configuration. */
export function machineMirror(etc = '/etc/apt'): Mirror {
  const parts = join(etc, 'sources.list.d');
  const files = [
    join(etc, 'sources.list'),
    ...(existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : []),
  ];
  const texts = files.filter((file) => existsSync(file) && /\.(list|sources)$/.test(file));
  return mirrorFrom(texts.flatMap((file) => sourceAddresses(readFileSync(file, 'utf8'))));
}

/** `sources.list` of a node on the given suite. */
export function sourcesList(mirror: Mirror, suite: string): string {
  return [
    `deb ${mirror.debian} ${suite} main`,
    `deb ${mirror.debian} ${suite}-updates main`,
    `deb ${mirror.security} ${suite}-security main`,
    '',
  ].join('\n');
}

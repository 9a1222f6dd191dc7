import { EXIT, WindlassError } from '../model/error.ts';
import { nearest } from './nearest.ts';

/** One OpenStack series. `id` is the number where there is one (`2025.1`), else the code name (`zed`). */
export interface Series {
  readonly id: string;
  readonly name: string;
  /** Day of the release; `scheduled` when it has not come yet. */
  readonly date: string;
  readonly scheduled?: boolean;
  /** Skip Level Upgrade Release Process: true for the releases one may jump between. */
  readonly slurp: boolean;
  /** Series upstream supports an upgrade from. */
  readonly from: readonly string[];
  /** Nova's service version (`nova/objects/service.py`), where known. */
  readonly novaService?: number;
  readonly source: string;
}

const STATUS = 'openstack/releases data/series_status.yaml; TC resolution 20220210';

type Row = readonly [
  id: string,
  name: string,
  date: string,
  slurp: boolean,
  from: readonly string[],
  nova?: number,
];

/** Oldest first: the order is the order of time. */
const ROWS: readonly Row[] = [
  ['mitaka', 'mitaka', '2016-04-07', false, []],
  ['newton', 'newton', '2016-10-06', false, ['mitaka']],
  ['ocata', 'ocata', '2017-02-22', false, ['newton']],
  ['pike', 'pike', '2017-08-30', false, ['ocata']],
  ['queens', 'queens', '2018-02-28', false, ['pike']],
  ['rocky', 'rocky', '2018-08-30', false, ['queens']],
  ['stein', 'stein', '2019-04-10', false, ['rocky']],
  ['train', 'train', '2019-10-16', false, ['stein']],
  ['ussuri', 'ussuri', '2020-05-13', false, ['train']],
  ['victoria', 'victoria', '2020-10-14', false, ['ussuri'], 52],
  ['wallaby', 'wallaby', '2021-04-14', false, ['victoria'], 54],
  ['xena', 'xena', '2021-10-06', false, ['wallaby'], 57],
  ['yoga', 'yoga', '2022-03-30', false, ['xena'], 61],
  ['zed', 'zed', '2022-10-05', false, ['yoga'], 64],
  ['2023.1', 'antelope', '2023-03-22', true, ['zed'], 66],
  ['2023.2', 'bobcat', '2023-10-04', false, ['2023.1'], 66],
  ['2024.1', 'caracal', '2024-04-03', true, ['2023.1', '2023.2'], 66],
  ['2024.2', 'dalmatian', '2024-10-02', false, ['2024.1'], 67],
  ['2025.1', 'epoxy', '2025-04-02', true, ['2024.1', '2024.2'], 68],
  ['2025.2', 'flamingo', '2025-10-01', false, ['2025.1'], 70],
  ['2026.1', 'gazpacho', '2026-04-01', true, ['2025.1', '2025.2'], 72],
  ['2026.2', 'hibiscus', '2026-09-30', false, ['2026.1']],
  ['2027.1', 'indri', '2027-03-24', true, ['2026.1', '2026.2']],
];

export const SERIES: readonly Series[] = ROWS.map(([id, name, date, slurp, from, nova]) => ({
  id,
  name,
  date,
  slurp,
  from,
  source: STATUS,
  ...(nova === undefined ? {} : { novaService: nova }),
  ...(id === '2027.1' ? { scheduled: true } : {}),
}));

/** Every word that names a series: ids and code names. */
export const SERIES_WORDS: readonly string[] = [...new Set(SERIES.flatMap(({ id, name }) => [id, name]))];

/** The series a number or a code name means, in any case; undefined when nothing is called that. */
export function findSeries(word: string): Series | undefined {
  const wanted = word.trim().toLowerCase();
  return SERIES.find(({ id, name }) => id === wanted || name === wanted);
}

/** As `findSeries`, but throws WL-TARGET-UNKNOWN with the nearest names. */
export function series(word: string): Series {
  const found = findSeries(word);
  if (found) return found;
  const near = nearest(word, SERIES_WORDS);
  throw new WindlassError(
    {
      code: 'WL-TARGET-UNKNOWN',
      message: `no OpenStack release is called '${word}'`,
      remedy:
        near.length > 0
          ? `Did you mean ${near.join(' or ')}? A release is named by number (2025.1) or code name (epoxy).`
          : `Known releases: ${SERIES.map(({ id }) => id).join(', ')}.`,
    },
    EXIT.usage,
  );
}

/** Place of a series in time; comparing two tells which is older. */
export function seriesOrder(word: string): number {
  return SERIES.indexOf(series(word));
}

/** Series after `from` up to and with `to`, oldest first; empty when `to` is not newer. */
export function seriesBetween(from: string, to: string): readonly Series[] {
  return SERIES.slice(seriesOrder(from) + 1, seriesOrder(to) + 1);
}

/**
 * The oldest nova service version that a series' control plane accepts. From 2023.1 on that is the series before the
 * last SLURP it may be upgraded from; before, exactly one series back.
 */
export function novaFloor(word: string): number | undefined {
  const [oldest] = series(word).from;
  return oldest === undefined ? undefined : findSeries(oldest)?.novaService;
}

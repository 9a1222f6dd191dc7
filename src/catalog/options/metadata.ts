import { z } from 'zod';

/** What is said of an option beyond its being there. */
export const OptionDetail = z.strictObject({
  /** Older names, as `group/name`, under which it is still read. */
  was: z.array(z.string()).optional(),
  /** May be set more than once. */
  multi: z.literal(true).optional(),
  /** Deprecated for removal: since when and why, as its own code says. */
  leaves: z.string().optional(),
  /** The only values it takes. */
  choices: z.array(z.string()).optional(),
});
export type OptionDetail = z.infer<typeof OptionDetail>;

/** Lists of names are one text, one space between two: a data file is read whole, and looked at by people. */
const names = z.string();

/** The options that one service, or the libraries common to all, take in one series. */
export const OptionSet = z.strictObject({
  /** Python packages the options were read from. */
  source: z.string(),
  /** group -> its options */
  groups: z.record(z.string(), names),
  /** `group/name` -> detail */
  details: z.record(z.string(), OptionDetail),
  /** Registered in the code but listed nowhere: known, but not of which group. */
  unlisted: names,
});
export type OptionSet = z.infer<typeof OptionSet>;

/** Everything read of one series by `scripts/options.ts`. */
export const SeriesOptions = z.strictObject({
  series: z.string(),
  source: z.string(),
  /** What keystoneauth's plugins take in a group that holds credentials. */
  auth: names,
  common: OptionSet,
  services: z.record(z.string(), OptionSet),
});
export type SeriesOptions = z.infer<typeof SeriesOptions>;

export { type Account, account } from './account.ts';
export { type Activity, activities, type Charge, charge, stepsDuring } from './blame.ts';
export { claimWatch, ensureWatch, PROBES_DB, runningWatch, stopWatch } from './detached.ts';
export { type Outage, outageOf } from './outage.ts';
export { clip, type ProbeInfo, type Sample, type Span, seconds, union } from './sample.ts';
export { type SecretSource, secretsFrom } from './secret.ts';
export { openProbeStore, type ProbeStore, type Watcher } from './store.ts';
export { keepTally, type Standing, type Tally } from './tally.ts';
export { DEFAULT_RATE, DEFAULT_TIMEOUTS, startWatch, type Watch, watchOnce } from './watch.ts';

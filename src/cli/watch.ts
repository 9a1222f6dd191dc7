import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Cluster } from '../model/cluster.ts';
import { nodesWith } from '../model/cluster.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import { openLinks } from '../transport/index.ts';
import {
  claimWatch,
  DEFAULT_RATE,
  ensureWatch,
  keepTally,
  openProbeStore,
  PROBES_DB,
  type ProbeInfo,
  type Sample,
  type SecretSource,
  secretsFrom,
  startWatch,
  stopWatch,
  type Tally,
  watchOnce,
} from '../watch/index.ts';
import { type ClusterOptions, clusterOptions, stateDir } from './context.ts';
import { loadCluster } from './load.ts';
import { clockTime, dayTime, type Paint, pad, paint, screen, wantsColor } from './paint.ts';

interface Options extends ClusterOptions {
  readonly rate: number;
  readonly timeout?: number;
  readonly for?: number;
  readonly once?: boolean;
  readonly detach?: boolean;
  readonly stop?: boolean;
}

/** `windlass watch`: measure what clients feel, as a process of its own. */
export function watchCommand(): Command {
  const about = 'try every thing in the cluster file at a steady rate and keep what it cost';
  return clusterOptions(new Command('watch').description(about))
    .option(
      '--rate <number>',
      'attempts a second, where a probe has no rate of its own',
      positive,
      DEFAULT_RATE,
    )
    .option(
      '--timeout <seconds>',
      'time after which an attempt has failed (default: 2, for authenticated lists 5)',
      positive,
    )
    .option('--for <seconds>', 'end after this time', positive)
    .option('--once', 'one attempt each, a line per probe; exit code 1 if one failed')
    .option('--detach', 'go on in the background; a run starts its watch this way')
    .option('--stop', 'end the watch in the background')
    .addHelpText('after', '\nExample:\n  windlass watch --cluster prod.yaml --once')
    .action(async (options: Options) => {
      process.exitCode = await watch(options);
    });
}

async function watch(options: Options): Promise<number> {
  const { dir: state } = stateDir(options);
  if (options.stop === true) {
    const stopped = await stopWatch(state);
    process.stdout.write(stopped ? 'the watch has ended\n' : 'no watch was running\n');
    return EXIT.done;
  }
  const cluster = await loadCluster(options.cluster);
  if (Object.keys(cluster.probes).length === 0) {
    throw new WindlassError(
      {
        code: 'WL-WATCH-NOTHING',
        message: `${options.cluster} names no probes`,
        remedy: 'add a `probes` section; docs/watching.md has one to copy',
      },
      EXIT.usage,
    );
  }
  if (options.detach === true) {
    const { pid, started } = await ensureWatch({
      cluster: resolve(options.cluster),
      state,
      rate: options.rate,
    });
    process.stdout.write(started ? `watching as process ${pid}\n` : `process ${pid} already watches\n`);
    return EXIT.done;
  }
  const secrets = secretsOf(cluster, options.cluster);
  try {
    return options.once === true
      ? await lookOnce(cluster, secrets.source, options)
      : await lookOn(cluster, secrets.source, state, options);
  } finally {
    await secrets.close();
  }
}

/** Secrets of a cluster file; those on nodes are read from the first controller, over SSH, when first asked for. */
function secretsOf(
  cluster: Cluster,
  file: string,
): { readonly source: SecretSource; close(): Promise<void> } {
  const base = dirname(resolve(file));
  const links = openLinks(cluster, { base });
  const node = nodesWith(cluster, 'controller')[0] ?? links.nodes[0] ?? '';
  const source = secretsFrom({
    base,
    async fromNode(path) {
      const seen = await links.link(node).look({ argv: ['cat', path] });
      if (seen.rc === 0) return seen.out.replace(/\r?\n$/, '');
      throw new WindlassError(
        {
          code: 'WL-SECRET-ABSENT',
          message: `node:${path}: not readable on ${node}`,
          remedy: 'correct the path in the cluster file',
          output: seen.err,
        },
        EXIT.usage,
      );
    },
  });
  return { source, close: async () => await links.close() };
}

async function lookOnce(cluster: Cluster, secret: SecretSource, options: Options): Promise<number> {
  const { rate, timeout } = options;
  const limit = timeout === undefined ? {} : { timeout };
  const looks = await watchOnce({ probes: cluster.probes, secret, rate, ...limit });
  const colors = paint(wantsColor(process.stdout));
  const columns = nameColumns(looks.map(({ probe }) => probe));
  for (const { probe, sample } of looks) {
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify({ ...probe, ...sample })}\n`
        : `${onceLine(probe, sample, columns, colors)}\n`,
    );
  }
  return looks.every(({ sample }) => sample.ok) ? EXIT.done : EXIT.failed;
}

function onceLine(probe: ProbeInfo, sample: Sample, columns: number, colors: Paint): string {
  const took = `${Math.round(sample.ended - sample.started)} ms`.padStart(8);
  const verdict = sample.ok ? colors.green('served') : colors.red('failed');
  const why = sample.error === undefined ? '' : `  ${colors.red(sample.error)}`;
  return `${pad(probe.name, columns)}  ${verdict}${took}  ${colors.dim(`${probe.kind} ${probe.where}`)}${why}`;
}

const nameColumns = (probes: readonly ProbeInfo[]): number =>
  Math.max(5, ...probes.map(({ name }) => name.length));

async function lookOn(
  cluster: Cluster,
  secret: SecretSource,
  state: string,
  options: Options,
): Promise<number> {
  claimWatch(state);
  const store = openProbeStore(join(state, PROBES_DB));
  const tallies = new Map(
    Object.entries(cluster.probes).map(([name, spec]) => [name, keepTally(spec.rate ?? options.rate)]),
  );
  const down = new Map<string, number>();
  const { rate, timeout, json = false } = options;
  const tty = process.stdout.isTTY === true && !json;
  const colors = paint(wantsColor(process.stdout));
  const view = screen(process.stdout);
  const say = (line: string): void => (tty ? view.print(line) : void process.stdout.write(`${line}\n`));
  const watching = await startWatch({
    probes: cluster.probes,
    secret,
    store,
    rate,
    ...(timeout === undefined ? {} : { timeout }),
    onSample: (sample) => {
      tallies.get(sample.probe)?.add(sample);
      const since = down.get(sample.probe);
      if (!sample.ok && since === undefined) down.set(sample.probe, sample.started);
      // A late failure of an attempt begun before the thing came back is not a new outage.
      if (sample.ok && since !== undefined && sample.started > since) down.delete(sample.probe);
      const turned = down.get(sample.probe) !== since;
      if (turned) say(turnLine(sample, since, json, colors));
    },
    onTrouble: (error) => process.stderr.write(`WL-WATCH-TROUBLE: ${String(error)}\n`),
  });
  const begun = Date.now();
  const draw = (): void => view.draw(tableLines(watching.probes, tallies, begun, Date.now(), colors));
  const drawing = tty ? setInterval(draw, 500) : undefined;
  await endOf(options.for);
  clearInterval(drawing);
  await watching.stop();
  if (tty) draw();
  else if (json) for (const line of jsonSummary(watching.probes, tallies)) process.stdout.write(`${line}\n`);
  else
    for (const line of tableLines(watching.probes, tallies, begun, Date.now(), colors))
      process.stdout.write(`${line}\n`);
  view.end();
  store.close();
  return EXIT.done;
}

/** Until a signal says so, or the time given is over. */
async function endOf(seconds?: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = seconds === undefined ? undefined : setTimeout(resolve, seconds * 1000);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
    process.once('SIGHUP', end);
  });
}

function turnLine(sample: Sample, since: number | undefined, json: boolean, colors: Paint): string {
  const lost = since === undefined ? 0 : (sample.ended - since) / 1000;
  if (json) {
    const { probe, ended: at } = sample;
    return JSON.stringify(
      sample.ok ? { at, probe, turned: 'up', lost } : { at, probe, turned: 'down', error: sample.error },
    );
  }
  return sample.ok
    ? `${dayTime(sample.ended)} ${sample.probe} ${colors.green('is back')} after ${lost.toFixed(2)} s`
    : `${dayTime(sample.ended)} ${sample.probe} ${colors.red('is away')}: ${sample.error ?? 'failed'}`;
}

function jsonSummary(probes: readonly ProbeInfo[], tallies: ReadonlyMap<string, Tally>): string[] {
  return probes.map((probe) => {
    const { last: _, ...standing } = tallies.get(probe.name)?.standing() ?? {};
    return JSON.stringify({ probe: probe.name, ...standing });
  });
}

/** Seconds of the strip at the end of a line, one column each. */
const STRIP_S = 30;

function tableLines(
  probes: readonly ProbeInfo[],
  tallies: ReadonlyMap<string, Tally>,
  begun: number,
  now: number,
  colors: Paint,
): string[] {
  const columns = nameColumns(probes);
  const head = `${pad('thing', columns)}    failed   of total   outage  longest gap  last answer  last ${STRIP_S} s`;
  const lines = probes.map(({ name }) => {
    const tally = tallies.get(name);
    const { failed, total, seconds, longestGap, last, open } = tally?.standing() ?? {
      failed: 0,
      total: 0,
      seconds: 0,
      longestGap: 0,
      open: false,
      last: undefined,
    };
    const lost = `${seconds.toFixed(2)} s`.padStart(9);
    const answer =
      last === undefined ? '–' : last.ok ? `${Math.round(last.ended - last.started)} ms` : 'failed';
    return [
      pad(open ? colors.red(name) : name, columns),
      (failed > 0 ? colors.yellow : colors.dim)(String(failed).padStart(8)),
      colors.dim(String(total).padStart(9)),
      seconds > 0 ? colors.red(lost) : colors.green(lost),
      `${longestGap.toFixed(2)} s`.padStart(11),
      (open ? colors.red : colors.dim)(answer.padStart(11)),
      ` ${strip(tally?.recent() ?? [], now, colors)}`,
    ].join(' ');
  });
  return [colors.dim(`watching for ${clockTime((now - begun) / 1000)}`), colors.bold(head), ...lines];
}

function strip(samples: readonly Sample[], now: number, colors: Paint): string {
  const cells = new Array<'none' | 'ok' | 'bad'>(STRIP_S).fill('none');
  for (let index = samples.length - 1; index >= 0; index -= 1) {
    const sample = samples[index];
    if (sample === undefined) continue;
    const cell = STRIP_S - 1 - Math.floor((now - sample.started) / 1000);
    if (cell < -5) break;
    if (cell < 0 || cell >= STRIP_S) continue;
    cells[cell] = sample.ok && cells[cell] !== 'bad' ? 'ok' : 'bad';
  }
  return cells
    .map((cell) => (cell === 'none' ? colors.dim('·') : cell === 'ok' ? colors.green('▂') : colors.red('█')))
    .join('');
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('a number above 0 is needed');
  return value;
}

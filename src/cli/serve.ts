import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { EXIT, WindlassError } from '../model/error.ts';
import { approve, type Journal, openJournal, reject } from '../run/index.ts';
import { type Decisions, serve, startHub } from '../web/index.ts';
import { type ClusterOptions, clusterOptions, stateDir } from './context.ts';
import { origin, person } from './person.ts';
import { print, tell } from './print.ts';

interface ServeOptions extends ClusterOptions {
  readonly run?: string;
  readonly host: string;
  readonly port: number;
  readonly decide?: boolean;
}

/** `windlass serve`: the run on a page, live. */
export function serveCommand(): Command {
  return clusterOptions(new Command('serve').description('show a run on a web page while it goes on'))
    .option('--run <name>', 'which run (default: the newest, or the first that begins)')
    .option('--host <address>', 'where to listen; whoever reaches it can read the run', '127.0.0.1')
    .option('--port <number>', 'the port', portNumber, 8470)
    .option(
      '--decide',
      'let whoever has the address with its token approve and reject gates, and pause, in your name',
    )
    .addHelpText('after', '\nExample:\n  windlass serve --decide')
    .action(serveRun);
}

async function serveRun(options: ServeOptions): Promise<void> {
  const state = stateDir(options);
  const journal = openJournal(state.journal);
  if (options.run !== undefined && !(await journal.runs()).some(({ run }) => run === options.run)) {
    throw new WindlassError(
      {
        code: 'WL-RUN-UNKNOWN',
        message: `no run is called ${options.run}`,
        remedy: existsSync(state.probes)
          ? 'leave --run out for the newest'
          : 'name the right --cluster or --state',
      },
      EXIT.usage,
    );
  }
  const hub = startHub({
    journal,
    probes: state.probes,
    ...(options.run === undefined ? {} : { run: options.run }),
    onTrouble: (error) => tell(`WL-SERVE-TROUBLE: ${error instanceof Error ? error.message : String(error)}`),
  });
  const decisions = options.decide === true ? decisionsOf(journal) : undefined;
  const { host, port } = options;
  const served = await serve({ hub, host, port, ...(decisions === undefined ? {} : { decisions }) });
  // The part after # stays in the browser: it is in no request and in no log.
  const url = decisions === undefined ? served.url : `${served.url}#${decisions.token}`;
  print(options.json === true ? JSON.stringify({ url }) : url);
  if (decisions !== undefined) tell(`who opens this address decides as ${person()}`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await served.close();
  await hub.stop();
  await journal.close();
}

function decisionsOf(journal: Journal): Decisions {
  const by = person();
  const from = { host: origin().host, page: true } as const;
  return {
    token: randomBytes(24).toString('base64url'),
    approve: (run, gate) => approve(journal, { run, gate, by, at: Date.now(), from }),
    reject: (run, gate, because) => reject(journal, { run, gate, by, at: Date.now(), from }, because),
    pause: (run) => journal.request(run, 'pause', by, Date.now(), from),
    resume: (run) => journal.request(run, 'resume', by, Date.now(), from),
  };
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('a port is 0 to 65535');
  return port;
}

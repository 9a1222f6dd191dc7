import { Command, CommanderError } from 'commander';
import { EXIT } from '../model/error.ts';
import { checkCommand } from './check.ts';
import { approveCommand, rejectCommand, requestCommand } from './decide.ts';
import { discoverCommand } from './discover.ts';
import { labCommand } from './lab.ts';
import { planCommand } from './plan.ts';
import { tellFault } from './print.ts';
import { reportCommand } from './report.ts';
import { routeCommand } from './route.ts';
import { resumeCommand, runCommand } from './run.ts';
import { serveCommand } from './serve.ts';
import { showCommand } from './show.ts';
import { statusCommand } from './status.ts';
import { watchCommand } from './watch.ts';

const COMMANDS = [
  discoverCommand(),
  checkCommand(),
  routeCommand(),
  planCommand(),
  showCommand(),
  runCommand(),
  statusCommand(),
  approveCommand(),
  rejectCommand(),
  requestCommand('pause', 'let nothing new start; running steps finish'),
  requestCommand('stop', 'end the run after its running steps; resumable'),
  resumeCommand(),
  watchCommand(),
  reportCommand(),
  serveCommand(),
  labCommand(),
];

const program = new Command('windlass')
  .description('raises a running OpenStack cloud to a newer release while its guests keep running')
  .version('0.1.0')
  .showHelpAfterError('(windlass --help shows the commands)')
  .enablePositionalOptions()
  .exitOverride();

/** Bad usage is told by its own exit code, also for commands within commands. */
function overrideExits(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) overrideExits(inner);
}

for (const command of COMMANDS) {
  overrideExits(command);
  program.addCommand(command);
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode =
    error instanceof CommanderError ? (error.exitCode === 0 ? EXIT.done : EXIT.usage) : tellFault(error);
}

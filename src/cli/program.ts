import { Command } from 'commander';
import { auditCommand } from './audit.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { approveCommand, rejectCommand, requestCommand, revokeCommand } from './decide.ts';
import { discoverCommand } from './discover.ts';
import { disksCommand } from './disks.ts';
import { initCommand } from './init.ts';
import { keptCommand } from './kept.ts';
import { labCommand } from './lab.ts';
import { planCommand } from './plan.ts';
import { rehearseCommand } from './rehearse.ts';
import { reportCommand } from './report.ts';
import { rollbackCommand } from './rollback.ts';
import { routeCommand } from './route.ts';
import { resumeCommand, runCommand } from './run.ts';
import { serveCommand } from './serve.ts';
import { showCommand } from './show.ts';
import { simulateCommand } from './simulate.ts';
import { statusCommand } from './status.ts';
import { watchCommand } from './watch.ts';

/** Bad usage is told by its own exit code, also for commands within commands. */
function overrideExits(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) overrideExits(inner);
}

/** The whole command line, in the order in which it is used. */
export function windlass(): Command {
  const program = new Command('windlass')
    .description('raises a running OpenStack cloud to a newer release while its guests keep running')
    .version('0.1.0')
    .showHelpAfterError('(windlass --help shows the commands)')
    .enablePositionalOptions();
  for (const command of [
    initCommand(),
    discoverCommand(),
    checkCommand(),
    routeCommand(),
    planCommand(),
    showCommand(),
    simulateCommand(),
    rehearseCommand(),
    runCommand(),
    statusCommand(),
    approveCommand(),
    rejectCommand(),
    revokeCommand(),
    requestCommand('pause', 'let nothing new start; running steps finish'),
    requestCommand('stop', 'end the run after its running steps; resumable'),
    resumeCommand(),
    rollbackCommand(),
    disksCommand(),
    keptCommand(),
    watchCommand(),
    reportCommand(),
    auditCommand(),
    serveCommand(),
    labCommand(),
    completionCommand(),
  ]) {
    program.addCommand(command);
  }
  overrideExits(program);
  return program;
}

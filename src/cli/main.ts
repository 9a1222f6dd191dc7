import { Command, CommanderError } from 'commander';
import { EXIT } from '../model/error.ts';
import { discoverCommand } from './discover.ts';
import { labCommand } from './lab.ts';
import { tellFault } from './print.ts';
import { showCommand } from './show.ts';

const program = new Command('windlass')
  .description('raises a running OpenStack cloud to a newer release while its guests keep running')
  .version('0.1.0')
  .showHelpAfterError('(windlass --help shows the commands)')
  .enablePositionalOptions()
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

for (const command of [discoverCommand(), showCommand(), labCommand()]) {
  program.addCommand(command.exitOverride());
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode =
    error instanceof CommanderError ? (error.exitCode === 0 ? EXIT.done : EXIT.usage) : tellFault(error);
}

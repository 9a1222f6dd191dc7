import { CommanderError } from 'commander';
import { EXIT } from '../model/error.ts';
import { tellFault } from './print.ts';
import { windlass } from './program.ts';

// Who read it may be gone (`| head`): what goes on goes on without them.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (!('code' in error && error.code === 'EPIPE')) throw error;
  });
}

try {
  await windlass().parseAsync(process.argv);
} catch (error) {
  process.exitCode =
    error instanceof CommanderError ? (error.exitCode === 0 ? EXIT.done : EXIT.usage) : tellFault(error);
}

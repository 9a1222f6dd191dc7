import { CommanderError } from 'commander';
import { EXIT } from '../model/error.ts';
import { tellFault } from './print.ts';
import { windlass } from './program.ts';

try {
  await windlass().parseAsync(process.argv);
} catch (error) {
  process.exitCode =
    error instanceof CommanderError ? (error.exitCode === 0 ? EXIT.done : EXIT.usage) : tellFault(error);
}

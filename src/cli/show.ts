import { Command } from 'commander';
import { showBack, wayBack } from '../plan/back.ts';
import { showPlan } from '../plan/show.ts';
import { type ClusterOptions, clusterOptions, openPlan, stateDir } from './context.ts';
import { print } from './print.ts';

interface ShowOptions extends ClusterOptions {
  readonly commands?: boolean;
  readonly back?: boolean;
  readonly steps?: boolean;
}

/** `windlass show`. */
export function showCommand(): Command {
  return clusterOptions(new Command('show').description('print a plan as text one can read aloud'))
    .argument('[plan]', 'the plan file (default: the last one made)')
    .option('--commands', 'also every command, guard and question')
    .option('--back', 'only how each phase comes back, and from where on it does not')
    .option('--steps', 'with --back: also how each step does')
    .addHelpText('after', '\nExamples:\n  windlass show --commands\n  windlass show --back --steps')
    .action((path: string | undefined, options: ShowOptions) => {
      const plan = openPlan(path ?? stateDir(options).plan);
      if (options.back) {
        const text = showBack(plan, { steps: options.steps === true });
        print(options.json ? JSON.stringify(wayBack(plan), null, 2) : text);
        return;
      }
      print(
        options.json
          ? JSON.stringify(plan, null, 2)
          : showPlan(plan, { commands: options.commands === true }),
      );
    });
}

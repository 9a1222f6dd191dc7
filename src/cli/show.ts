import { Command } from 'commander';
import { showPlan } from '../plan/show.ts';
import { type ClusterOptions, clusterOptions, openPlan, stateDir } from './context.ts';
import { print } from './print.ts';

/** `windlass show`. */
export function showCommand(): Command {
  return clusterOptions(new Command('show').description('print a plan as text one can read aloud'))
    .argument('[plan]', 'the plan file (default: the last one made)')
    .option('--commands', 'also every command, guard and question')
    .addHelpText('after', '\nExample:\n  windlass show --commands')
    .action((path: string | undefined, options: ClusterOptions & { commands?: boolean }) => {
      const plan = openPlan(path ?? stateDir(options).plan);
      print(
        options.json
          ? JSON.stringify(plan, null, 2)
          : showPlan(plan, { commands: options.commands === true }),
      );
    });
}

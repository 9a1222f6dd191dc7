import { ASK } from './cloud-program-ask.ts';
import { CANARY } from './cloud-program-canary.ts';
import { ENDPOINTS } from './cloud-program-endpoints.ts';
import { GUESTS } from './cloud-program-guests.ts';
import { NETWORKS } from './cloud-program-networks.ts';
import { WARM } from './cloud-program-warm.ts';

const MAIN = `def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--credentials', required=True)
    verbs = parser.add_subparsers(dest='verb')
    verbs.required = True
    for act in (host, disable, enable, empty, start, canary, uncanary, agents, gone, leave, comeback, warm, endpoint):
        verb = verbs.add_parser(act.__name__)
        verb.set_defaults(act=act)
        verb.add_argument({warm: 'at', endpoint: 'type'}.get(act, 'host'))
        if act is disable:
            verb.add_argument('--reason', required=True)
        if act in (empty, start, canary):
            verb.add_argument('--timeout', type=float, default=600)
        if act is empty:
            verb.add_argument('--stuck', choices=('wait', 'stop', 'skip', 'fail'), default='fail')
            verb.add_argument('--block', choices=('auto', 'always', 'never'), default='auto')
            verb.add_argument('--patience', type=float, default=3600)
        if act is canary:
            for name in ('image', 'flavor', 'network'):
                verb.add_argument('--' + name, default='')
        if act in (gone, comeback):
            verb.add_argument('--routers', nargs='*', default=[])
            verb.add_argument('--networks', nargs='*', default=[])
        if act is comeback:
            verb.add_argument('--shared', nargs='*', default=[])
        if act is warm:
            verb.add_argument('--path', required=True)
            verb.add_argument('--login', action='store_true')
            verb.add_argument('--times', type=int, default=3)
        if act is endpoint:
            for name in ('name', 'description', 'like', 'cut', 'to'):
                verb.add_argument('--' + name, required=True)
            verb.add_argument('--make', action='store_true')
            verb.add_argument('--undo', action='store_true')
    args = parser.parse_args()
    try:
        args.act(Cloud(args.credentials), args)
    except Refused as refused:
        fail(str(refused))

main()
`;

/** Its second line, by which a later plan knows the program of an earlier one. */
export const CLOUD_MARK = '# Written by Windlass: asks and changes the cloud through its own APIs.';

/**
 * The program by which a controller asks and changes the cloud through its own APIs. Standard library only, so that
 * Python 3.5 of stretch and 3.13 of trixie run it, and so that it goes on while client libraries are exchanged.
 * It is written to the controllers once, as a step of the plan; every later step is one short line that calls it.
 * The password is read here, on the controller, from the operator's own credentials file, and goes nowhere else.
 */
export const CLOUD_PROGRAM = [ASK, GUESTS, CANARY, NETWORKS, WARM, ENDPOINTS, MAIN].join('');

import type { Argv, Look } from '../model/command.ts';

/** Where clients of the message bus knock: plain and TLS. */
const PORTS = '5671,5672';

const RULE: Argv = [
  'INPUT',
  '-p',
  'tcp',
  '-m',
  'multiport',
  '--dports',
  PORTS,
  '-m',
  'comment',
  '--comment',
  'windlass',
  '-j',
  'REJECT',
  '--reject-with',
  'tcp-reset',
];

/** For both families; a rule is never there twice. */
const CLOSE = `for program in iptables ip6tables; do
  "$program" -w -C "$@" 2>/dev/null || "$program" -w -I "$@"
done
`;
const OPEN = `for program in iptables ip6tables; do
  while "$program" -w -C "$@" 2>/dev/null; do
    "$program" -w -D "$@"
  done
done
`;

/** Clients of the bus are refused at once, and so go on to the next server in their list. */
export const closeBus = { argv: ['sh', '-eus', '--', ...RULE], input: CLOSE } as const;
export const openBus = { argv: ['sh', '-eus', '--', ...RULE], input: OPEN } as const;

/** Prints `closed` or `open` for each family; says nothing where iptables itself does not work. */
export const busGate: Look = {
  argv: ['sh', '-us', '--', ...RULE],
  input: `for program in iptables ip6tables; do
  rules=$("$program" -w -S INPUT) || continue
  case $rules in
    *'--comment windlass '*) echo closed ;;
    *) echo open ;;
  esac
done
`,
};

/** True when both families are closed, false when both are open, undefined when it is neither. */
export function readBusGate(text: string): boolean | undefined {
  const [first, second, ...more] = text.trim().split('\n');
  if (more.length > 0 || first !== second) return undefined;
  return first === 'closed' ? true : first === 'open' ? false : undefined;
}

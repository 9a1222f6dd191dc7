// The package proxy as a process of its own, so that it outlives the command that started it.
import { packageProxy } from './proxy.ts';

const [address = '', port = '', cache = '', ...origins] = process.argv.slice(2);
packageProxy({ origins, cache }).listen(Number(port), address);
process.on('SIGTERM', () => process.exit(0));

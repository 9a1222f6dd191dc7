// The package proxy as a process of its own, so that it outlives the command that started it.
import { packageProxy } from './proxy.ts';

const [address = '', port = '', cache = '', ...places] = process.argv.slice(2);
const origins = places.filter((place) => /^https?:/.test(place));
// A place that is a folder holds the lab's own repositories.
const repos = places.find((place) => place.startsWith('/'));
packageProxy({ origins, cache, ...(repos === undefined ? {} : { repos }) }).listen(Number(port), address);
process.on('SIGTERM', () => process.exit(0));

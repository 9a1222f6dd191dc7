export { readFence } from './answers.ts';
export { type LinkOptions, type Links, openLinks } from './links.ts';
export { runOn } from './remote.ts';
export { IDLE } from './scripts.ts';

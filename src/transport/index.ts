export { readFence } from './answers.ts';
export { type LinkOptions, type Links, openLinks } from './links.ts';
export { IDLE } from './scripts.ts';

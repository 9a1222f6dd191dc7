export { type LinkOptions, type Links, openLinks } from './links.ts';

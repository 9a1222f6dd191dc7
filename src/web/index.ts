export { type AppOptions, createApp, type Decisions } from './app.ts';
export {
  type Hub,
  type HubOptions,
  type ProbeStanding,
  type Pulse,
  type RunStanding,
  startHub,
} from './hub.ts';
export { type Served, serve } from './serve.ts';

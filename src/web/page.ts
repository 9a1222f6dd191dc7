import { readFileSync } from 'node:fs';
import { BASE, COLORS, Html, html } from '../report/index.ts';
import { PAGE } from './page-style.ts';

const script = readFileSync(new URL('./client.js', import.meta.url), 'utf8');

/** The page's frame; the script fills it from the run's events. `nonce` lets this script run and no other. */
export function page(nonce: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Windlass</title>
<style nonce="${nonce}">${new Html(COLORS + BASE + PAGE)}</style>
</head>
<body>
<p class="lost" id="lost" role="alert" hidden>The connection is lost; trying again…</p>
<main>
<header><p class="mark">Windlass</p><h1 id="title">Waiting for a run…</h1><span class="pill" id="outcome" hidden></span><span class="clock" id="clock"></span></header>
<div class="progress" id="progress" role="progressbar" aria-label="Steps done"></div>
<ol class="phases" id="phases"></ol>
<div id="notices" aria-live="polite"></div>
<section id="running-part" hidden><h2>Running now</h2><div class="card rows running" id="running"></div></section>
<section id="probes-part" hidden><h2>What clients feel</h2><div class="card rows probes" id="probes"></div></section>
<section id="nodes-part" hidden><h2>Nodes</h2><div class="card rows nodes" id="nodes"></div></section>
<section id="findings-part" hidden><h2>Findings before the run</h2><div class="card rows" id="findings"></div></section>
<section id="log-part" hidden><h2>Events</h2><ol class="card log" id="log"></ol></section>
<p class="link" id="links" hidden><a href="report">The whole report so far</a></p>
</main>
<script nonce="${nonce}">${new Html(script)}</script>
</body>
</html>
`.text;
}

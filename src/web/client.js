// The live page: folds the run's events into what is shown. Plain JavaScript, no build, inlined by page.ts.

(() => {
  const $ = (id) => document.getElementById(id);
  const token = location.hash.slice(1);
  if (token !== '') history.replaceState(null, '', location.pathname);

  let run = null; // what /run.json says
  let steps = new Map(); // id -> {is, from, to, attempt, because, fault}
  let ends = { started: undefined, finished: undefined };
  let standing = null;
  let skew = 0; // this clock minus the server's
  let dirty = false;

  const LOG_KEPT = 300;
  const MANY_NODES = 40;
  const WORDS = {
    running: ['running', ''],
    finished: ['finished', 'good'],
    halted: ['halted', 'bad'],
    paused: ['paused', 'warn'],
    interrupted: ['interrupted', 'warn'],
    'waiting-at-gate': ['waits at a gate', 'warn'],
  };

  /** An element with text and children; text is never read as HTML. */
  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else if (name === 'width') node.style.width = value;
      else if (value !== undefined && value !== false) node.setAttribute(name, value);
    }
    for (const child of children.flat())
      if (child !== undefined && child !== null && child !== '') node.append(child);
    return node;
  }
  const now = () => Date.now() - skew;
  const two = (value) => String(value).padStart(2, '0');
  const clock = (seconds) => {
    const whole = Math.max(0, Math.round(seconds));
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
    return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  };
  const dayTime = (at) => new Date(at).toTimeString().slice(0, 8);

  // Events

  function apply(event) {
    const step = event.step === undefined ? undefined : steps.get(event.step);
    switch (event.type) {
      case 'run.started':
        ends.started = event.at;
        break;
      case 'run.finished':
        ends.finished = event.at;
        break;
      case 'step.started':
        if (step)
          Object.assign(step, {
            is: 'running',
            from: step.is === 'running' || step.is === 'waiting' ? step.from : event.at,
            attempt: event.attempt,
            because: undefined,
            fault: undefined,
          });
        break;
      case 'step.waiting':
        if (step) Object.assign(step, { is: 'waiting', because: event.because });
        break;
      case 'step.applied':
        if (step) Object.assign(step, { is: 'running', because: undefined });
        break;
      case 'step.finished':
        if (step) Object.assign(step, { is: 'finished', to: event.at, because: event.because });
        break;
      case 'step.failed':
        if (step) Object.assign(step, { is: 'failed', to: event.at, fault: event.fault });
        break;
      case 'step.retried':
        if (step) Object.assign(step, { is: 'todo', fault: undefined });
        break;
      case 'step.undone':
        if (step) step.is = 'undone';
        break;
    }
    logLine(event);
    dirty = true;
  }

  function words(event) {
    switch (event.type) {
      case 'run.started':
        return ['run', '', `${event.run} started by ${event.by}`];
      case 'run.resumed':
        return ['run', '', `taken up again by ${event.by}`];
      case 'run.paused':
        return ['paused', 'warn', `by ${event.by}`];
      case 'run.unpaused':
        return ['run', '', `goes on, ${event.by} said`];
      case 'run.interrupted':
        return ['stopping', 'warn', `${event.by} said`];
      case 'run.halted':
        return ['halted', 'bad', event.because];
      case 'run.finished':
        return ['finished', 'good', 'every step is done'];
      case 'step.started':
        return ['start', 'soft', event.step + (event.attempt > 1 ? ` (attempt ${event.attempt})` : '')];
      case 'step.waiting':
        return ['wait', 'warn', `${event.step}: ${event.because}`];
      case 'step.finished': {
        const { from, to } = steps.get(event.step) ?? {};
        return event.outcome === 'already'
          ? ['already', 'soft', `${event.step}: ${event.because}`]
          : ['done', 'good', `${event.step}, ${clock((to - from) / 1000)}: ${event.because}`];
      }
      case 'step.failed':
        return ['failed', 'bad', `${event.step}: ${event.fault.code} ${event.fault.message}`];
      case 'step.retried':
        return ['again', '', `${event.step}, ${event.by} said`];
      case 'step.undone':
        return ['undone', 'warn', event.step];
      case 'gate.opened':
        return ['gate', 'warn', `${event.gate} waits`];
      case 'gate.approved':
        return ['gate', 'good', `${event.gate} approved by ${event.by}`];
      case 'gate.revoked':
        return ['gate', 'warn', `${event.gate}: ${event.by} takes the approval back`];
      case 'gate.measured':
        return ['gate', 'good', `${event.gate} measured: ${event.evidence}`];
      case 'gate.rejected':
        return ['gate', 'bad', `${event.gate} rejected by ${event.by}: ${event.because}`];
      case 'gate.expired':
        return ['gate', 'bad', `${event.gate} expired`];
      default:
        return undefined;
    }
  }
  function logLine(event) {
    const told = words(event);
    if (told === undefined) return;
    const [word, tone, text] = told;
    const log = $('log');
    log.prepend(
      el(
        'li',
        {},
        el('span', { class: 'num soft' }, dayTime(event.at)),
        el('span', { class: tone }, word),
        el('span', {}, text),
      ),
    );
    while (log.childElementCount > LOG_KEPT) log.lastElementChild.remove();
  }

  // Drawing

  function draw() {
    if (run === null) return;
    const all = [...steps.values()];
    const finished = all.filter(({ is }) => is === 'finished').length;
    const failed = all.filter(({ is }) => is === 'failed').length;
    $('progress').replaceChildren(
      el('i', { width: `${(finished / Math.max(1, all.length)) * 100}%` }),
      el('i', { class: 'failed', width: `${(failed / Math.max(1, all.length)) * 100}%` }),
    );
    $('progress').setAttribute('aria-valuenow', String(finished));
    $('progress').setAttribute('aria-valuemax', String(all.length));
    if (standing !== null) {
      const [word, tone] = WORDS[standing.outcome] ?? [standing.outcome, ''];
      $('outcome').textContent = word;
      $('outcome').className = `pill ${tone}`;
      $('outcome').hidden = false;
      document.title = `${finished}/${all.length} ${word} · ${run.cluster}`;
    }
    drawPhases();
    drawNotices();
    drawNodes();
    for (const part of ['nodes', 'log']) $(`${part}-part`).hidden = false;
    $('links').hidden = false;
    tick();
  }

  function drawPhases() {
    const items = run.phases.map(({ id, title }) => {
      const own = run.steps.filter(({ phase }) => phase === id).map((step) => steps.get(step.id));
      const done = own.filter(({ is }) => is === 'finished').length;
      const tone = own.some(({ is }) => is === 'failed')
        ? 'failed'
        : done === own.length
          ? 'done'
          : own.some(({ is }) => is !== 'todo')
            ? 'now'
            : '';
      return el('li', { class: tone }, `${title} ${done}/${own.length}`);
    });
    $('phases').replaceChildren(...items);
  }

  function drawNotices() {
    const failed = run.steps.filter(({ id }) => steps.get(id).is === 'failed');
    const open = (standing?.gates ?? []).filter(({ is }) => is === 'open');
    // Somebody may be typing a reason: what has not changed stays as it is.
    const key = JSON.stringify([open, failed.map(({ id }) => [id, steps.get(id).attempt])]);
    if ($('notices').dataset.key === key) return;
    $('notices').dataset.key = key;
    $('notices').replaceChildren(...open.map(gateCard), ...failed.map(faultCard));
  }
  function gateCard({ id, opened, by, shown }) {
    const { title, approvals, approvers, wants } = run.gates.find((gate) => gate.id === id);
    const why = el('input', { placeholder: 'Why not?', 'aria-label': 'Reason for rejecting' });
    const said = el('p', { class: 'bad', role: 'alert' });
    const decide = async (how, body, buttons) => {
      for (const button of buttons) button.disabled = true;
      const failure = await post(`decide/gate/${encodeURIComponent(id)}/${how}`, body);
      said.textContent = failure ?? '';
      if (failure !== undefined) for (const button of buttons) button.disabled = false;
    };
    const yes = el('button', { class: 'good', onclick: () => decide('approve', {}, [yes, no]) }, 'Approve');
    const no = el(
      'button',
      {
        onclick: () => {
          if (why.value.trim() === '') {
            said.textContent = 'Say why, so that the others know.';
            why.focus();
          } else decide('reject', { because: why.value }, [yes, no]);
        },
      },
      'Reject',
    );
    const may = run.decide && token !== '';
    return el(
      'article',
      { class: 'notice card' },
      el('h3', {}, `Gate ${id}: ${title}`),
      el(
        'p',
        { class: 'why' },
        `waits since ${dayTime(opened)}, ${by.length} of ${approvals} approvals${by.length > 0 ? ` (${by.join(', ')})` : ''}${approvers ? `, of ${approvers.join(', ')}` : ''}${wants ? `, once ${wants}` : ''}`,
      ),
      shown.length > 0 ? el('pre', {}, shown.join('\n')) : undefined,
      may
        ? el('div', { class: 'row' }, yes, why, no)
        : el('p', { class: 'why' }, el('code', {}, `windlass approve ${id}`)),
      said,
    );
  }
  function faultCard({ id, title }) {
    const { fault } = steps.get(id);
    return el(
      'article',
      { class: 'notice fault card' },
      el('h3', {}, fault.message),
      el('p', { class: 'why' }, `${fault.code} in ${id}${fault.node ? ` on ${fault.node}` : ''}: ${title}`),
      fault.output ? el('pre', {}, fault.output) : undefined,
      el('p', {}, el('b', {}, 'Remedy: '), fault.remedy),
    );
  }
  async function post(path, body) {
    try {
      const answer = await fetch(path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return answer.ok ? undefined : ((await answer.json()).error ?? `HTTP ${answer.status}`);
    } catch (error) {
      return `not sent: ${error.message}`;
    }
  }

  function drawNodes() {
    const nodes = new Map();
    for (const step of run.steps)
      for (const node of step.on) nodes.set(node, [...(nodes.get(node) ?? []), step]);
    if (nodes.size > MANY_NODES) return drawManyNodes(nodes);
    const rows = [...nodes].map(([node, own]) => {
      const cells = [];
      for (const [index, step] of own.entries()) {
        if (index > 0 && own[index - 1].phase !== step.phase) cells.push(el('b'));
        const { is, because } = steps.get(step.id);
        cells.push(
          el('i', { class: is, title: `${step.id}: ${step.title} (${is}${because ? `, ${because}` : ''})` }),
        );
      }
      const done = own.filter(({ id }) => steps.get(id).is === 'finished').length;
      return el(
        'div',
        {},
        el('b', {}, node),
        el('div', { class: 'cells' }, cells),
        el('span', { class: 'num soft' }, `${done} of ${own.length}`),
      );
    });
    $('nodes').replaceChildren(...rows);
  }
  /** Hundreds of nodes: one row for each stem of their names. */
  function drawManyNodes(nodes) {
    const groups = new Map();
    for (const [node, own] of nodes) {
      const stem = node.replace(/\d+(?=\D*$)/, '');
      const group = groups.get(stem) ?? { nodes: 0, steps: [] };
      groups.set(stem, group);
      group.nodes += 1;
      group.steps.push(...own);
    }
    const rows = [...groups].map(([stem, group]) => {
      const count = (wanted) => group.steps.filter(({ id }) => steps.get(id).is === wanted).length;
      const bar = (wanted) =>
        el('i', { class: wanted, width: `${(count(wanted) / group.steps.length) * 100}%` });
      return el(
        'div',
        {},
        el('b', {}, `${stem}… × ${group.nodes}`),
        el('div', { class: 'meter' }, bar('finished'), bar('failed')),
        el('span', { class: 'num soft' }, `${count('finished')} of ${group.steps.length}`),
      );
    });
    $('nodes').replaceChildren(...rows);
  }

  function drawRunning() {
    const active = run.steps.filter(({ id }) => ['running', 'waiting'].includes(steps.get(id).is));
    $('running-part').hidden = active.length === 0;
    $('running').replaceChildren(
      ...active.slice(0, 40).map((step) => {
        const { from, is, because } = steps.get(step.id);
        const spent = (now() - from) / 1000;
        const share = step.estimate > 0 ? Math.min(1, spent / step.estimate) : 0;
        return el(
          'div',
          { class: step.estimate > 0 && spent > step.estimate * 2 ? 'late' : undefined },
          el(
            'div',
            {},
            el('span', { class: 'id' }, step.id),
            el('p', { class: 'why' }, is === 'waiting' ? `waits: ${because}` : step.title),
          ),
          el('div', { class: 'meter' }, el('i', { width: `${share * 100}%` })),
          el(
            'span',
            { class: 'num time' },
            `${clock(spent)}${step.estimate > 0 ? ` of ~${clock(step.estimate)}` : ''}`,
          ),
        );
      }),
    );
  }

  function drawProbes(probes) {
    $('probes-part').hidden = probes.length === 0;
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue(`--${name}`).trim();
    const colors = { o: color('good-soft'), x: color('bad'), '.': color('line') };
    $('probes').replaceChildren(
      ...probes.map((probe) => {
        const canvas = el('canvas', { role: 'img', 'aria-label': `${probe.name}, last minutes` });
        canvas.width = probe.strip.length * 4;
        canvas.height = 22;
        const pen = canvas.getContext('2d');
        for (const [at, letter] of [...probe.strip].entries()) {
          pen.fillStyle = colors[letter];
          pen.fillRect(at * 4, letter === 'x' ? 0 : 4, 4, letter === 'x' ? 22 : 14);
        }
        return el(
          'div',
          { class: probe.open ? 'away' : undefined },
          el(
            'div',
            {},
            el('span', { class: 'name' }, probe.name),
            el(
              'p',
              { class: 'why' },
              probe.open ? (probe.error ?? 'away') : `${probe.kind} · ${probe.where}`,
            ),
          ),
          canvas,
          el(
            'span',
            { class: `num figure ${probe.seconds > 0 ? 'bad' : 'good'}` },
            `${probe.seconds.toFixed(2)} s`,
            el('span', {}, 'away'),
          ),
          el('span', { class: 'num figure' }, `${probe.failed}`, el('span', {}, `failed of ${probe.total}`)),
        );
      }),
    );
  }

  function tick() {
    if (run === null) return;
    if (ends.started !== undefined) {
      const spent = ((ends.finished ?? now()) - ends.started) / 1000;
      const left =
        standing?.outcome === 'running' && standing.left !== null
          ? standing.left - (now() - standing.now) / 1000
          : undefined;
      $('clock').textContent =
        `${clock(spent)} elapsed${left === undefined ? '' : `, about ${clock(left)} left`}`;
    }
    drawRunning();
  }

  // The feed

  async function begin() {
    const answer = await fetch('run.json');
    const told = await answer.json();
    if (told.run === null) return;
    run = told;
    steps = new Map(run.steps.map(({ id }) => [id, { is: 'todo' }]));
    ends = {};
    $('log').replaceChildren();
    const place = ({ os, openstack }) => `${os} / ${openstack}`;
    $('title').textContent = `${run.cluster}: ${place(run.from)} → ${place(run.to)}`;
    $('findings-part').hidden = run.findings.length === 0;
    $('findings').replaceChildren(
      ...run.findings.map((finding) =>
        el(
          'div',
          {},
          el(
            'p',
            {},
            el(
              'span',
              { class: `pill ${{ block: 'bad', warn: 'warn', note: '' }[finding.level]}` },
              finding.level,
            ),
            ' ',
            el('b', {}, finding.title),
            finding.node ? ` on ${finding.node}` : '',
          ),
          el('p', { class: 'why' }, `${finding.evidence}. Remedy: ${finding.remedy}`),
        ),
      ),
    );
  }

  // What comes before the plan is read waits for it, in order.
  let ready = Promise.resolve();
  const inOrder = (work) => {
    ready = ready.then(work).catch((error) => console.error(error));
  };
  const feed = new EventSource('events');
  feed.addEventListener('open', () => {
    $('lost').hidden = true;
  });
  feed.addEventListener('error', () => {
    $('lost').hidden = false;
  });
  feed.addEventListener('run', ({ data }) =>
    inOrder(async () => {
      if (run?.run !== JSON.parse(data).run) await begin();
      draw();
    }),
  );
  feed.addEventListener('event', ({ data }) =>
    inOrder(() => {
      if (run !== null) apply(JSON.parse(data));
    }),
  );
  feed.addEventListener('standing', ({ data }) =>
    inOrder(() => {
      standing = JSON.parse(data);
      skew = Date.now() - standing.now;
      dirty = true;
    }),
  );
  feed.addEventListener('probes', ({ data }) => inOrder(() => drawProbes(JSON.parse(data))));
  setInterval(() => {
    if (dirty) {
      dirty = false;
      draw();
    } else tick();
  }, 500);
})();

import type { RunEvent } from '../../../src/model/event.ts';
import type { Plan, Step } from '../../../src/model/plan.ts';

/**
 * Says of a journal, by plain counting and without the scheduler, what in it broke a rule. Slow and simple on
 * purpose: it shares no code with what it judges.
 */
export function offences(plan: Plan, events: readonly RunEvent[], limits: Limits): string[] {
  const found: string[] = [];
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const active = new Set<string>();
  const finished = new Set<string>();
  const failed = new Set<string>();
  const undone = new Set<string>();
  const lastStart = new Map<string, number>();
  const openedAt = new Map<string, number>();
  const approvals = new Map<string, Set<string>>();
  const stops = new Set<string>();
  const measured = new Set<string>();
  const approved = (id: string) =>
    (approvals.get(id)?.size ?? 0) >= (plan.gates.find((gate) => gate.id === id)?.approvals ?? 0);
  const passed = (id: string) =>
    approved(id) && (measured.has(id) || !plan.gates.find((gate) => gate.id === id)?.condition);
  const everStarted = new Set<string>();
  const begun = (id: string) =>
    plan.gates.find((gate) => gate.id === id)?.before.some((step) => everStarted.has(step)) ?? false;

  const lost = (id: string): boolean => {
    if (failed.has(id) || undone.has(id)) return true;
    if (active.has(id) || finished.has(id)) return false;
    return steps.get(id)?.needs.some(lost) ?? false;
  };

  const judge = (step: Step, at: number): void => {
    const say = (what: string) => found.push(`${step.id} at ${at}: ${what}`);
    for (const need of step.needs) if (!finished.has(need)) say(`before its need ${need}`);
    for (const other of step.follows)
      if (!finished.has(other) && !lost(other)) say(`before ${other}, which may still run`);
    const { limit, every } = limits(step.class);
    const others = [...active].map((id) => steps.get(id)).filter((other) => other !== undefined);
    if (others.filter((other) => other.class === step.class).length >= limit) say('over the limit');
    const last = lastStart.get(step.class);
    if (last !== undefined && at - last < every * 1000) say('inside the pause');
    const sharing = others.find(
      (other) => other.class !== 'read' && other.on.some((node) => step.on.includes(node)),
    );
    if (step.class !== 'read' && sharing) say(`on a node that ${sharing.id} is changing`);
    for (const gate of plan.gates)
      if (gate.before.includes(step.id) && !passed(gate.id)) say(`past gate ${gate.id}`);
    if (stops.size > 0) say(`although the run was stopped: ${[...stops].join()}`);
    const { onFailure, tolerate } = plan.policy;
    const broken = new Set([...failed].map((id) => id.split('/')[0]));
    if (broken.size > (onFailure === 'halt' ? 0 : tolerate)) say(`after ${broken.size} nodes failed`);
    if (active.has(step.id) || finished.has(step.id)) say('twice');
  };

  for (const event of events) {
    const step = 'step' in event ? steps.get(event.step) : undefined;
    const gate = 'gate' in event ? plan.gates.find(({ id }) => id === event.gate) : undefined;
    if (event.type === 'step.started' && step) {
      judge(step, event.at);
      active.add(step.id);
      everStarted.add(step.id);
      failed.delete(step.id);
      undone.delete(step.id);
      lastStart.set(step.class, event.at);
    } else if (event.type === 'step.finished') {
      active.delete(event.step);
      finished.add(event.step);
    } else if (event.type === 'step.failed') {
      active.delete(event.step);
      failed.add(event.step);
    } else if (event.type === 'step.retried') {
      failed.delete(event.step);
      undone.delete(event.step);
    } else if (event.type === 'step.undone') {
      finished.delete(event.step);
      undone.add(event.step);
    } else if (event.type === 'run.paused') stops.add('paused');
    else if (event.type === 'run.unpaused') stops.delete('paused');
    else if (event.type === 'run.interrupted') stops.add('interrupted');
    else if (event.type === 'run.halted') stops.add('halted');
    else if (event.type === 'run.resumed') {
      stops.delete('interrupted');
      stops.delete('halted');
      for (const { id, expires, condition } of plan.gates) {
        if (condition && passed(id) && !begun(id)) measured.delete(id);
        const opened = openedAt.get(id);
        const over = expires > 0 && opened !== undefined && event.at >= opened + expires * 1000;
        if (!passed(id) && (over || stops.has(`gate ${id}`))) {
          openedAt.delete(id);
          approvals.delete(id);
          stops.delete(`gate ${id}`);
        }
      }
    } else if (event.type === 'gate.opened') {
      openedAt.set(event.gate, event.at);
      approvals.set(event.gate, new Set());
      measured.delete(event.gate);
    } else if (event.type === 'gate.approved' && gate) {
      const opened = openedAt.get(gate.id);
      const inTime = opened !== undefined && (gate.expires === 0 || event.at < opened + gate.expires * 1000);
      const may = gate.approvers?.includes(event.by) ?? true;
      if (may && inTime && !passed(gate.id) && !stops.has(`gate ${gate.id}`))
        approvals.get(gate.id)?.add(event.by);
    } else if (event.type === 'gate.measured' && gate) {
      const opened = openedAt.get(gate.id);
      const inTime = opened !== undefined && (gate.expires === 0 || event.at < opened + gate.expires * 1000);
      if (inTime && approved(gate.id) && !stops.has(`gate ${gate.id}`)) measured.add(gate.id);
    } else if (event.type === 'gate.revoked' && gate) {
      if (stops.has(`gate ${gate.id}`) || (passed(gate.id) && begun(gate.id))) continue;
      const was = passed(gate.id);
      approvals.get(gate.id)?.delete(event.by);
      if (was && !approved(gate.id)) measured.delete(gate.id);
    } else if (event.type === 'gate.rejected' || event.type === 'gate.expired')
      stops.add(`gate ${event.gate}`);
  }
  return found;
}

export type Limits = (name: string) => { readonly limit: number; readonly every: number };

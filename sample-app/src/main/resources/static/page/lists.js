// The two lists, the counters and the table.

import { element, say } from './dom.js';
import { duration, languageName } from './model.js';

const ROWS = 25;

const byId = (id) => document.getElementById(id);

/** Holds: of this service, of the second process, and of whoever stands in a waiter's way. */
function holders(model) {
  const { locks, here, stage } = model.state;
  const found = locks.held.map((held) => ({
    pid: here.pid,
    who: [model.process(here.pid), held.owner.thread && `thread ${held.owner.thread}`].filter(Boolean).join(', '),
    path: held.path,
    label: held.label,
    since: Date.parse(held.since),
  }));
  if (stage.second?.holdingSince) {
    found.push({
      pid: stage.second.pid,
      who: `${model.process(stage.second.pid)}, pid ${stage.second.pid}`,
      path: here.lock,
      since: Date.parse(stage.second.holdingSince),
    });
  }
  for (const waiting of locks.waiting) {
    for (const holder of waiting.blockedBy) {
      if (holder.pid === null || found.some((each) => each.pid === holder.pid && each.path === waiting.path)) continue;
      found.push({
        pid: holder.pid,
        who: `${holder.process ?? model.process(holder.pid)}, pid ${holder.pid}`,
        path: waiting.path,
        label: holder.remark,
        since: holder.since === null ? null : Date.parse(holder.since),
      });
    }
  }
  return found.sort((a, b) => (b.path === here.lock) - (a.path === here.lock));
}

function shortPath(model, path) {
  const root = model.state.here.lock.slice(0, -`ledger/${model.state.here.account}.lock`.length);
  return path.startsWith(root) ? path.slice(root.length) : path;
}

function blocker(model, holder) {
  if (holder.thread !== null) return `thread ${holder.thread} of this service`;
  if (holder.pid === null) return holder.remark ?? 'somebody unknown';
  const process = model.language(holder.pid) ? model.process(holder.pid) : (holder.process ?? 'a process');
  return `${process} (pid ${holder.pid})${holder.remark ? `, ${holder.remark}` : ''}`;
}

function row(mark, who, since, more) {
  const age = element('span', 'age');
  if (since !== null) age.dataset.since = since;
  return element('li', '', mark, element('span', 'who', who), age, element('span', 'more', more));
}

export function showLists(model) {
  const held = holders(model).map((each) => {
    const dot = element('span', 'dot');
    dot.classList.add(model.colour(each.pid));
    return row(dot, each.who, each.since, [shortPath(model, each.path), each.label].filter(Boolean).join(' · '));
  });
  const waiting = model.state.locks.waiting.map((each, i) =>
    row(
      element('span', 'place', `${i + 1}.`),
      `thread ${each.owner.thread ?? '–'}`,
      Date.parse(each.since),
      `${shortPath(model, each.path)} · blocked by ${each.blockedBy.map((holder) => blocker(model, holder)).join(', ') || 'nobody it could name'}`,
    ),
  );
  byId('held').replaceChildren(...(held.length ? held : [element('li', 'nobody', 'Nobody: every lock is free.')]));
  byId('waiting').replaceChildren(...(waiting.length ? waiting : [element('li', 'nobody', 'Nobody waits.')]));
}

/** Makes the ages grow between two messages. */
export function showAges(model) {
  for (const age of document.querySelectorAll('.age[data-since]')) say(age, duration(model.now() - age.dataset.since));
}

export function showTally({ tally }) {
  say(byId('turns'), tally.turns.toLocaleString('en'));
  say(byId('lost'), tally.lost.toLocaleString('en'));
  say(byId('overlaps'), tally.overlaps === 0 ? 'no two turns overlap' : `${tally.overlaps} turns overlap`);
  byId('lost-tile').dataset.state = tally.lost === 0 && tally.overlaps === 0 ? 'good' : 'bad';
  say(byId('median'), tally.waits.medianMillis === null ? '–' : duration(tally.waits.medianMillis));
  say(byId('worst'), tally.waits.worstMillis === null ? '–' : duration(tally.waits.worstMillis));
  const faults = byId('faults');
  if (faults.childElementCount !== tally.faults.length) {
    faults.replaceChildren(...tally.faults.map((fault) => element('li', '', fault)));
  }
}

export function showTable(model) {
  const rows = model.turns.slice(-ROWS).reverse().map((turn) =>
    element(
      'tr',
      '',
      element('td', '', turn.turn),
      element('td', '', languageName(turn.language)),
      element('td', '', `pid ${turn.pid}`),
      element('td', 'number', turn.asked === null ? '–' : duration(turn.start - turn.asked)),
      element('td', 'number', duration(turn.end - turn.start)),
      element('td', 'number', turn.balance),
    ),
  );
  byId('table').replaceChildren(...rows);
}

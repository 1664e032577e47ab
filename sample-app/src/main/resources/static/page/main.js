// Listens to the service, and presses its buttons.

import { say } from './dom.js';
import { Model, duration } from './model.js';
import { Timeline } from './timeline.js';
import { showAges, showLists, showTable, showTally } from './lists.js';

const RECONNECT_AFTER = 1500;
const FRAME = 50;
const CALM_FRAME = 1000;

const byId = (id) => document.getElementById(id);
const model = new Model();
const timeline = new Timeline(byId('timeline'), model);
const calm = matchMedia('(prefers-reduced-motion: reduce)');

// --- The stream of events ---------------------------------------------------------------------------------------------

function connect() {
  const events = new EventSource('page/events');
  events.addEventListener('open', () => connection('live', 'Live'));
  events.addEventListener('error', () => {
    connection('lost', 'Not connected, trying again');
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, RECONNECT_AFTER); // an answer that is no stream
  });
  events.addEventListener('turns', (event) => {
    model.receiveTurns(JSON.parse(event.data));
    if (byId('table-details').open) showTable(model);
  });
  events.addEventListener('state', (event) => {
    const before = model.state;
    model.receiveState(JSON.parse(event.data));
    showState(before);
  });
}

function connection(state, text) {
  byId('connection').dataset.state = state;
  say(byId('connection'), text);
}

// --- What it says -----------------------------------------------------------------------------------------------------

function showState(before) {
  const { here, stage } = model.state;
  say(byId('ledger-name'), `${here.account}.jsonl`);
  say(byId('command'), `flock '${here.lock}' sleep 5`);
  showTally(model.state);
  showLists(model);
  showStage(stage);
  announce(before);
  draw();
}

function showStage(stage) {
  const busy = stage.scene !== null;
  enable('contend', !busy);
  enable('stop', busy);
  enable('hold', !busy);
  enable('kill', stage.second !== null);
  enable('leave', !busy);
  enable('break', stage.leftovers.length > 0);
  say(byId('python'), stage.python.found ? `Python takes part: ${stage.python.text}.` : stage.python.text);
  say(byId('second'), secondText(stage));
  say(byId('leftovers'), leftoversText(stage.leftovers));
  say(byId('problem'), stage.problem ?? '');
}

function secondText({ second, scene }) {
  if (second === null) return 'The second process is not running.';
  if (second.holdingSince !== null && scene === 'HOLD') return `Process ${second.pid} has the lock and will not give it back.`;
  return `Process ${second.pid} is running.`;
}

function leftoversText(leftovers) {
  if (leftovers.length === 0) return 'No claim is left behind.';
  const pids = new Set(leftovers.map(({ pid }) => pid));
  return `Process ${[...pids].join(', ')} is dead and has left ${leftovers.length} records.`;
}

function enable(id, enabled) {
  byId(id).setAttribute('aria-disabled', String(!enabled)); // not "disabled", which would take the keyboard's focus away
}

/** The few things worth saying aloud. */
function announce(before) {
  const { stage, tally, here } = model.state;
  const told = before?.here.pid === here.pid ? before.stage : null;
  const known = new Set(told?.killed.filter((each) => each.next).map((each) => each.pid));
  const passed = stage.killed.findLast((each) => each.next && !known.has(each.pid));
  if (passed && told) {
    const next = `${model.process(passed.next.pid)} (pid ${passed.next.pid})`;
    speak(`Process ${passed.pid} was killed while it had the lock. ${duration(passed.next.millis)} later ${next} had it.`);
  } else if (told && told.scene === null && stage.scene === 'CONTEND') {
    turnsBefore = before.tally.turns;
    speak('The run has started: watch the turns pass from one process to the other.');
  } else if (told && told.scene === null && stage.scene === 'HOLD') {
    speak('The second process is starting; it takes the lock, and the others queue up.');
  } else if (told && told.scene === null && stage.scene === 'ARCHIVE') {
    speak('A process takes the lock of the archive and dies with it. This service wants it next.');
  } else if (told && told.leftovers.length > 0 && stage.leftovers.length === 0) {
    speak('The claim is broken: whoever waited for the archive has its lock.');
  } else if (told && told.scene === 'CONTEND' && stage.scene === null) {
    const faults = tally.lost + tally.overlaps;
    speak(`The run is over: ${tally.turns - turnsBefore} turns, ${faults === 0 ? 'nothing lost' : `${faults} faults`}.`);
  }
}

let turnsBefore = 0;

function speak(text) {
  say(byId('said'), text);
}

// --- The buttons ------------------------------------------------------------------------------------------------------

for (const id of ['contend', 'stop', 'hold', 'kill', 'leave', 'break']) {
  byId(id).addEventListener('click', async (event) => {
    if (event.currentTarget.getAttribute('aria-disabled') === 'true') return;
    say(byId('problem'), '');
    try {
      const response = await fetch(`page/${id}`, { method: 'POST' });
      if (!response.ok) say(byId('problem'), (await response.json()).detail ?? `The service answered ${response.status}.`);
    } catch {
      say(byId('problem'), 'The service does not answer.');
    }
  });
}

for (const radio of document.querySelectorAll('input[name="range"]')) {
  radio.addEventListener('change', () => timeline.show(Number(radio.value)));
}
byId('table-details').addEventListener('toggle', () => showTable(model));

// --- Time goes by -----------------------------------------------------------------------------------------------------

let drawn = 0;

function draw() {
  drawn = performance.now();
  timeline.frame();
  if (model.state) showAges(model);
}

function tick(time) {
  if (time - drawn >= (calm.matches ? CALM_FRAME : FRAME)) draw();
  requestAnimationFrame(tick);
}

requestAnimationFrame(tick);
setInterval(() => model.state && timeline.describe(), 3000);
connect();

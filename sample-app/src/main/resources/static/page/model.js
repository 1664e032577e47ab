// What the service has said so far. Times are milliseconds of the service's clock.

const KEPT = 5 * 60_000;
const MOST_TURNS = 2000;
const COLOURS = 6;

export class Model {
  state = null;
  turns = [];
  #ahead = 0;
  #colours = new Map();

  /** The service's clock. */
  now() {
    return Date.now() + this.#ahead;
  }

  receiveState({ now, state }) {
    this.#ahead = Date.parse(now) - Date.now();
    if (this.state?.here.pid !== state.here.pid) this.#colours = new Map([[state.here.pid, 0]]);
    this.state = state;
  }

  receiveTurns({ fresh, turns }) {
    const read = turns.map((turn) => ({
      ...turn,
      asked: turn.asked ? Date.parse(turn.asked) : null,
      start: Date.parse(turn.start),
      end: Date.parse(turn.end),
    }));
    this.turns = fresh ? read : this.turns.concat(read);
    const oldest = this.now() - KEPT;
    this.turns = this.turns.slice(-MOST_TURNS).filter((turn) => turn.end >= oldest);
  }

  /** The same class for a process as long as the page is open. */
  colour(pid) {
    if (!this.#colours.has(pid)) this.#colours.set(pid, this.#colours.size % COLOURS);
    return `process-${this.#colours.get(pid)}`;
  }

  language(pid) {
    if (pid === this.state.here.pid || this.state.stage.roles[pid] === 'SECOND') return 'Java';
    if (this.state.stage.roles[pid] === 'PYTHON') return 'Python';
    const turn = this.turns.findLast((each) => each.pid === pid);
    return turn ? languageName(turn.language) : null;
  }

  /** What a process is called: its language and what it is to this service. */
  process(pid) {
    const role =
      pid === this.state.here.pid
        ? 'this service'
        : { SECOND: 'second process', PYTHON: 'the script' }[this.state.stage.roles[pid]] ?? 'another process';
    const language = this.language(pid);
    return language ? `${language}, ${role}` : role;
  }

  /** The holds of the ledger's lock that have not written their turn yet, and perhaps never will. */
  openHolds() {
    const { locks, here, stage } = this.state;
    const holds = locks.held
      .filter((held) => held.path === here.lock)
      .map((held) => ({ pid: here.pid, start: Date.parse(held.since), end: null, killed: false }));
    if (stage.second?.holdingSince) {
      holds.push({ pid: stage.second.pid, start: Date.parse(stage.second.holdingSince), end: null, killed: false });
    }
    for (const victim of stage.killed) {
      holds.push({ pid: victim.pid, start: Date.parse(victim.since), end: Date.parse(victim.end), killed: true });
    }
    return holds;
  }

  /** Who waits for the ledger's lock in this service. */
  openWaits() {
    const { locks, here } = this.state;
    return locks.waiting
      .filter((waiting) => waiting.path === here.lock)
      .map((waiting) => ({ pid: here.pid, start: Date.parse(waiting.since) }));
  }
}

export function languageName(language) {
  return { java: 'Java', python: 'Python' }[language] ?? language;
}

export function duration(millis) {
  const time = Math.max(0, millis);
  if (time < 1000) return `${Math.round(time)} ms`;
  if (time < 60_000) return `${(time / 1000).toFixed(1)} s`;
  return `${Math.floor(time / 60_000)} min ${Math.floor((time % 60_000) / 1000)} s`;
}

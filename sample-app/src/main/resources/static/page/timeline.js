// Draws who had the lock when. Finished turns are drawn once and then moved as a whole; the few holds and waits that are still going
// on are drawn again in each frame.

import { shape } from './dom.js';
import { duration, languageName } from './model.js';

const LANE = 46;
const LABEL = 15;
const BAR = 20;
const FOOT = 22;
const THINNEST = 1.5;
const GAP = 1; // between two turns of one process
const LEAST_LANES = 4;
const TICKS = { 30_000: 6, 120_000: 4, 300_000: 5 };
const NARROW = 500;

export class Timeline {
  #svg;
  #model;
  #range = 30_000;
  #width = 0;
  #base = 0;
  #lanes = [];
  #drawn = '';
  #fixed = shape('g', {});
  #turns = shape('g', {});
  #open = shape('g', {});
  #hatches = shape('defs', {});

  constructor(svg, model) {
    this.#svg = svg;
    this.#model = model;
    svg.append(this.#hatches, this.#fixed, this.#turns, this.#open);
    new ResizeObserver(() => this.frame()).observe(svg);
  }

  show(seconds) {
    this.#range = seconds * 1000;
    this.frame();
  }

  /** Describes in words what is drawn; for screen readers, and called seldom. */
  describe() {
    const from = this.#model.now() - this.#range;
    const turns = this.#model.turns.filter((turn) => turn.end >= from);
    const shares = new Map();
    for (const { pid } of turns) shares.set(pid, (shares.get(pid) ?? 0) + 1);
    const parts = [...shares].map(([pid, count]) => `${this.#model.process(pid)} (pid ${pid}): ${count}`);
    const text = `Timeline of the last ${duration(this.#range)}: ${turns.length} turns. ${parts.join('; ')}`;
    if (this.#svg.getAttribute('aria-label') !== text) this.#svg.setAttribute('aria-label', text);
  }

  frame() {
    if (!this.#model.state) return;
    const now = this.#model.now();
    const width = this.#svg.clientWidth;
    const holds = this.#model.openHolds();
    const lanes = this.#lanesAt(now - this.#range, holds);
    const { turns } = this.#model;
    const drawn = [width, this.#range, lanes, turns.length, turns.at(-1)?.start, turns[0]?.start].join();
    if (drawn !== this.#drawn) {
      this.#drawn = drawn;
      this.#width = width;
      this.#lanes = lanes;
      this.#base = now;
      this.#drawFixed();
      this.#drawTurns();
    }
    this.#turns.setAttribute('transform', `translate(${this.#width - (now - this.#base) * this.#scale})`);
    this.#drawOpen(now, holds);
  }

  /** The processes to be seen: this service, then in the order in which they came. */
  #lanesAt(from, holds) {
    const { here, stage } = this.#model.state;
    const seen = [...this.#model.turns, ...holds].filter(({ end }) => end === null || end >= from);
    const pids = seen.sort((a, b) => a.start - b.start).map(({ pid }) => pid);
    return [...new Set([here.pid, ...pids, ...stage.running])];
  }

  /** Pixels in a millisecond. */
  get #scale() {
    return this.#width / this.#range;
  }

  #y(lane) {
    return lane * LANE + LABEL + 3;
  }

  #drawFixed() {
    const lanes = Math.max(this.#lanes.length + 1, LEAST_LANES);
    const height = lanes * LANE + FOOT;
    this.#svg.setAttribute('height', height);
    this.#svg.setAttribute('viewBox', `0 0 ${Math.max(1, this.#width)} ${height}`);
    const parts = [];
    const many = TICKS[this.#range];
    const ticks = this.#width < NARROW && many % 2 === 0 ? many / 2 : many;
    for (let i = 0; i <= ticks; i++) {
      const x = Math.min(this.#width - 0.5, Math.max(0.5, (this.#width * i) / ticks));
      const ago = (this.#range * (ticks - i)) / ticks;
      const anchor = { 0: 'start', [ticks]: 'end' }[i] ?? 'middle';
      parts.push(shape('line', { class: 'tick', x1: x, x2: x, y1: 0, y2: lanes * LANE }));
      parts.push(shape('text', { class: 'tick-text', x, y: height - 6, 'text-anchor': anchor }, i === ticks ? 'now' : ticksText(ago)));
    }
    parts.push(this.#track(0), this.#label(0, [['', 'The lock: one at a time']]));
    this.#lanes.forEach((pid, i) => {
      const text = this.#model.process(pid);
      const lane = this.#label(i + 1, [['', text], ['muted', ` pid ${pid}`]], 18);
      lane.prepend(shape('rect', { class: `swatch ${this.#model.colour(pid)}`, x: 4, y: (i + 1) * LANE + 4, width: 10, height: 10, rx: 2 }));
      parts.push(this.#track(i + 1), lane);
    });
    if (this.#model.turns.length === 0) {
      parts.push(shape('text', { class: 'muted', x: this.#width / 2, y: 3 * LANE, 'text-anchor': 'middle' }, 'Nobody has taken a turn yet: start a run'));
    }
    this.#fixed.replaceChildren(...parts);
    this.#hatches.replaceChildren(...this.#lanes.map((pid) => hatch(pid, this.#model.colour(pid))));
  }

  #track(lane) {
    return shape('rect', { class: 'track', x: 0, y: this.#y(lane), width: this.#width, height: BAR });
  }

  #label(lane, parts, x = 4) {
    const group = shape('g', {});
    const text = shape('text', { x, y: lane * LANE + 13 });
    for (const [className, words] of parts) text.append(shape('tspan', className ? { class: className } : {}, words));
    group.append(text);
    return group;
  }

  #drawTurns() {
    const at = (time) => (time - this.#base) * this.#scale;
    const wide = (from, to) => Math.max(THINNEST, (to - from) * this.#scale - GAP);
    const from = this.#model.now() - this.#range;
    const parts = [];
    let last = 0;
    for (const turn of this.#model.turns) {
      if (turn.end < from) continue;
      const lane = this.#lanes.indexOf(turn.pid) + 1;
      const colour = this.#model.colour(turn.pid);
      const x = at(turn.start);
      const width = wide(turn.start, turn.end);
      if (turn.asked !== null && turn.asked < turn.start) {
        parts.push(shape('rect', { class: `wait ${colour}`, x: at(turn.asked), y: this.#y(lane) + BAR / 2 - 1.5, width: x - at(turn.asked), height: 3 }));
      }
      for (const y of [this.#y(0), this.#y(lane)]) {
        const bar = shape('rect', { class: `turn ${colour}`, x, y, width, height: BAR, 'data-pid': turn.pid });
        bar.append(shape('title', {}, turnText(turn)));
        parts.push(bar);
      }
      if (turn.start < last) {
        parts.push(shape('rect', { class: 'overlap', x, y: this.#y(0) - 3, width: wide(turn.start, last), height: BAR + 6 }));
      }
      last = Math.max(last, turn.end);
    }
    this.#turns.replaceChildren(...parts);
  }

  #drawOpen(now, holds) {
    const at = (time) => this.#width - (now - time) * this.#scale;
    const parts = [];
    for (const wait of this.#model.openWaits()) {
      const x = Math.max(0, at(wait.start));
      const y = this.#y(this.#lanes.indexOf(wait.pid) + 1) + BAR / 2 - 1.5;
      parts.push(shape('rect', { class: `wait ${this.#model.colour(wait.pid)}`, x, y, width: Math.max(0, this.#width - x), height: 3 }));
    }
    for (const hold of holds) {
      const x = Math.max(0, at(hold.start));
      const end = hold.end === null ? this.#width : at(hold.end);
      const lane = this.#lanes.indexOf(hold.pid) + 1;
      if (end <= 0 || lane === 0) continue;
      for (const y of [this.#y(0), this.#y(lane)]) {
        const place = { x, y, width: Math.max(THINNEST, end - x), height: BAR };
        if (hold.killed) {
          const bar = shape('rect', { class: 'killed', fill: `url(#hatch-${hold.pid})`, ...place });
          bar.append(shape('title', {}, `${this.#model.process(hold.pid)}, pid ${hold.pid}: killed after ${duration(hold.end - hold.start)} with the lock`));
          parts.push(bar, shape('line', { class: 'killed-edge', x1: end, x2: end, y1: y - 3, y2: y + BAR + 3 }));
        } else {
          parts.push(shape('rect', { class: `turn ${this.#model.colour(hold.pid)}`, ...place }));
          if (place.width > 60) parts.push(shape('text', { class: 'on-bar', x: x + 8, y: y + 14 }, this.#model.language(hold.pid)));
        }
      }
    }
    this.#open.replaceChildren(...parts);
  }
}

function hatch(pid, colour) {
  const pattern = shape('pattern', { id: `hatch-${pid}`, class: colour, width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' });
  pattern.append(shape('rect', { class: 'hatch-ground', width: 8, height: 8 }), shape('line', { class: 'hatch', x1: 2, x2: 2, y1: 0, y2: 8 }));
  return pattern;
}

function ticksText(millis) {
  return millis % 60_000 === 0 ? `−${millis / 60_000} min` : `−${millis / 1000} s`;
}

function turnText(turn) {
  const waited = turn.asked === null ? '' : `, waited ${duration(turn.start - turn.asked)}`;
  return `Turn ${turn.turn}: ${languageName(turn.language)}, pid ${turn.pid}${waited}, had the lock for ${duration(turn.end - turn.start)}`;
}

// Active seconds per step: while the page is seen, has the focus, and was touched within the last half minute. The answer
// has a time of its own; all of them together are the item's.
const IDLE = 30_000; // milliseconds
const TICK = 1000;
const KEEP_EVERY = 60; // seconds, in case the browser dies

export class Clock {
  constructor(draft, steps, signal) {
    Object.assign(this, { draft, steps, seconds: new Map(), touched: Date.now(), last: Date.now() });
    for (const kind of ["keydown", "pointermove", "pointerdown", "wheel", "scroll"]) {
      addEventListener(kind, () => this.touch(), { passive: true, capture: true, signal });
    }
    const timer = setInterval(() => this.tick(), TICK);
    signal.addEventListener("abort", () => clearInterval(timer));
    steps.addEventListener("open", ({ detail: { before } }) => this.keep(before));
    document.addEventListener("visibilitychange", () => this.keep(steps.number), { signal });
    addEventListener("pagehide", () => this.keep(steps.number), { signal, capture: true });
  }

  touch() {
    this.touched = Date.now();
  }

  wasTouchedWithin(milliseconds) {
    return Date.now() - this.touched <= milliseconds;
  }

  // A tick counts at most twice its length: a machine that slept, or a page that was throttled, was not worked on.
  tick() {
    const now = Date.now();
    const passed = Math.min(now - this.last, 2 * TICK);
    this.last = now;
    if (document.visibilityState !== "visible" || !document.hasFocus() || !this.wasTouchedWithin(IDLE)) return;
    const { number } = this.steps;
    this.seconds.set(number, (this.seconds.get(number) ?? 0) + passed / 1000);
    if (this.seconds.get(number) >= KEEP_EVERY) this.keep(number);
  }

  keep(number) {
    const spent = this.seconds.get(number);
    if (!spent) return;
    this.seconds.delete(number);
    const path = number ? `steps.${number}.seconds` : "answer.seconds";
    this.draft.set(path, Math.round(((this.draft.get(path) ?? 0) + spent) * 10) / 10);
  }
}

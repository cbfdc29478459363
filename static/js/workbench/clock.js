// Active seconds per step: while the page is seen, has the focus, and was touched within the last half minute.
const IDLE = 30_000; // milliseconds
const TICK = 1000;

export class Clock {
  constructor(draft, steps) {
    Object.assign(this, { draft, steps, seconds: new Map(), touched: Date.now() });
    for (const kind of ["keydown", "pointermove", "pointerdown", "wheel", "scroll"]) {
      addEventListener(kind, () => { this.touched = Date.now(); }, { passive: true, capture: true });
    }
    setInterval(() => this.tick(), TICK);
    steps.addEventListener("open", ({ detail: { before } }) => this.keep(before));
    document.addEventListener("visibilitychange", () => this.keep(steps.number));
  }

  tick() {
    if (document.visibilityState !== "visible" || !document.hasFocus() || Date.now() - this.touched > IDLE) return;
    const { number } = this.steps;
    this.seconds.set(number, (this.seconds.get(number) ?? 0) + TICK / 1000);
  }

  keep(number) {
    const spent = this.seconds.get(number);
    if (!number || !spent) return;
    this.seconds.delete(number);
    const path = `steps.${number}.seconds`;
    this.draft.set(path, (this.draft.get(path) ?? 0) + spent);
  }
}

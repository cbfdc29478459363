// The draft in this tab: values and versions by path (annotations/verbs/draft_paths.py). Says "edit" for what a person
// changed and must be saved, "change" for every change of a value, whoever made it.
const COLOUR_SLOTS = 6;
// The order of keys says nothing: the database gives back a mark's in another one than they were written in.
const told = (value) => JSON.stringify(value ?? null, (_, part) => (part?.constructor === Object ? Object.fromEntries(Object.entries(part).sort()) : part));
export const same = (one, other) => told(one) === told(other);

export class Draft extends EventTarget {
  constructor(state) {
    super();
    this.state = state;
    this.values = new Map();
    this.versions = new Map();
    this.stepsOfFindings = new Map();
    for (const [path, [value, version]] of Object.entries(state.fields)) {
      this.values.set(path, value);
      this.versions.set(path, version);
    }
  }

  get stepCount() {
    return this.state.texts.length;
  }

  get(path) {
    return this.values.get(path) ?? null;
  }

  // A person's change. `by` is the control that it came from, which need not be told again.
  set(path, value, by = null) {
    const before = this.get(path);
    if (same(before, value)) return;
    this.take(path, value, by);
    this.dispatchEvent(new CustomEvent("edit", { detail: { path, value, before } }));
  }

  // A value that is saved already, or on its way.
  take(path, value, by = null) {
    const step = /^findings\.(.+)\.step$/.exec(path);
    if (step) this.stepsOfFindings.set(step[1], value ?? this.get(path) ?? this.lastStepOf(step[1]));
    this.values.set(path, value);
    this.dispatchEvent(new CustomEvent("change", { detail: { path, value, by } }));
  }

  // Where a finding that was removed had been.
  lastStepOf(id) {
    return this.stepsOfFindings.get(id) ?? null;
  }

  // The step's findings in their order, with the numbers and colours that they are shown by.
  findingsOf(step) {
    const ids = [...this.values.keys()]
      .map((path) => /^findings\.([A-Za-z0-9-]+)\.step$/.exec(path)?.[1])
      .filter((id) => id && this.get(`findings.${id}.step`) === step)
      .sort();
    return ids.map((id, index) => ({
      id, number: index + 1, slot: (index % COLOUR_SLOTS) + 1, marks: this.get(`findings.${id}.marks`) ?? [],
    }));
  }
}

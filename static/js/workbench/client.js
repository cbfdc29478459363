// This tab, as the server knows it: its name, and the numbers of its edits, which only ever grow. While the tab lives it
// holds a lock of its name, so that other tabs can tell a journal that was left behind from one in use.
export const client = [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

let last = 0;
export function nextNumber() {
  last += 1;
  return last;
}

const lockOf = (name) => `second-look tab ${name}`;
const forEver = () => new Promise(() => {});

// Locks exist on https and localhost only. Elsewhere a journal may be replayed by two tabs at once, which is harmless:
// an edit is never altered once it has its number, and the server applies each number once and in order.
export function live() {
  navigator.locks?.request(lockOf(client), forEver);
}

// Names of gone tabs that this one has taken on, or waits for: a lock is held for good, so it is asked for once a tab.
const taken = new Map();

// Calls `then` once the tab of this name is gone, in one tab only; at once where there are no locks.
export async function whenGone(name, then, signal) {
  if (navigator.locks && !taken.has(name)) {
    taken.set(name, new Promise((resolve) => {
      navigator.locks.request(lockOf(name), () => {
        resolve();
        return forEver();
      });
    }));
  }
  await taken.get(name);
  if (!signal.aborted) then();
}

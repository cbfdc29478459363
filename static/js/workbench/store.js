// The browser's own database: edits that the server has not acknowledged, what can be undone, and submits under way.
// Where there is none (some private windows), the page says so once and works on without.
import { gettext } from "../words.js";
import { toast } from "./toast.js";

const NAME = "second-look";
const VERSION = 1;
let opening = null;
let isTold = false;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.addEventListener("upgradeneeded", () => {
      request.result.createObjectStore("edits", { keyPath: ["person", "draft", "client", "number"] });
      request.result.createObjectStore("history", { keyPath: ["person", "draft"] });
      request.result.createObjectStore("submits", { keyPath: ["person", "draft"] });
    });
    request.addEventListener("success", () => {
      request.result.addEventListener("versionchange", () => request.result.close());
      resolve(request.result);
    });
    request.addEventListener("error", () => reject(request.error));
  });
  return opening;
}

// `work` gets the named stores and queues requests at once; resolves to the result of the request that it returns, once
// all of it is on disk. Null where the database cannot be used.
export async function transact(names, mode, work) {
  try {
    const database = await open();
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(names, mode);
      const request = work(...names.map((name) => transaction.objectStore(name)));
      transaction.addEventListener("complete", () => resolve(request?.result ?? null));
      transaction.addEventListener("abort", () => reject(transaction.error));
      transaction.commit();
    });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (!isTold) toast(gettext("This browser cannot keep what is not saved yet: do not close the page while it says Offline."), { isError: true });
    isTold = true;
    return null;
  }
}

export const under = (...parts) => IDBKeyRange.bound(parts, [...parts, []]);

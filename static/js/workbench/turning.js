// From one item to another without loading a page: the next one is fetched ahead with its images decoded, and put in place
// of this one. What does not go so goes the plain way, by its address.
import { begin } from "./life.js";
import { post } from "./post.js";
import { sendWhatWasLeft } from "./left_behind.js";

const AHEAD_AFTER = 400; // milliseconds: this item comes first

export class Turning {
  constructor() {
    this.ahead = null;
    this.start();
    addEventListener("popstate", () => location.reload());
  }

  start() {
    this.bench = document.querySelector("[data-workbench]") ? begin((next) => this.onward(next), () => this.recent()) : null;
    clearTimeout(this.timer);
    if (this.bench) this.timer = setTimeout(() => this.fetchAhead(), AHEAD_AFTER);
  }

  async fetchAhead() {
    const { state } = this.bench.draft;
    const { status, json } = await post(state.ahead_url, {}, { person: state.person });
    if (status !== 200 || !json.draft) return;
    const page = await fetchPage(json.url);
    if (page) this.ahead = { draft: json.draft, page };
    await sendWhatWasLeft(state, this.bench.saving.signal);
  }

  async onward({ draft, url }) {
    const { ahead } = this;
    this.ahead = null;
    const page = ahead && ahead.draft === draft ? ahead.page : draft && await fetchPage(url);
    if (page?.querySelector("[data-workbench]")) this.show(page, url);
    else location.assign(url);
  }

  show(page, url) {
    this.bench?.end();
    for (const part of ["main", "header .status"]) {
      document.querySelector(part).replaceWith(document.adoptNode(page.querySelector(part)));
    }
    document.title = page.title;
    history.replaceState(null, "", url);
    this.start();
  }

  async recent() {
    const list = document.getElementById("recent");
    list.showModal();
    await window.htmx.ajax("GET", list.dataset.url, "#recent [data-recent]");
    list.querySelector("a, button").focus();
  }
}

// The page at an address as a document whose images are decoded; null where it could not be had.
async function fetchPage(url) {
  try {
    const response = await fetch(url, { headers: { "X-Ahead": "1" } });
    if (!response.ok || response.redirected) return null;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    await Promise.allSettled([...page.querySelectorAll("[data-stage] image")].map((image) => {
      const picture = new Image();
      picture.src = image.getAttribute("href");
      return picture.decode();
    }));
    return page;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

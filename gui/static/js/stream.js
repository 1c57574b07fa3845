// The page's one live stream: closed while the page is hidden, and calm: an event of one name
// reaches its listeners at most once a second, the last one always. What was missed while away
// is fetched by whoever listens to "resumed".

const CALM = 1000;
const FINAL = new Set(["succeeded", "failed", "cancelled"]);
const SENT = ["state", "training", "log", "jobs"];

class Stream {
  #listeners = new Map();
  #waiting = new Map();
  #source = null;
  #ended = false;
  #retries = 0;
  #timer = 0;

  constructor(url) {
    this.url = url;
    this.onVisibility = () => (document.hidden ? this.#pause() : this.#open(true));
    document.addEventListener("visibilitychange", this.onVisibility);
    addEventListener("pagehide", () => this.#pause());
    if (!document.hidden) this.#open(false);
  }

  get readyState() {
    return this.#source ? this.#source.readyState : EventSource.CONNECTING;
  }

  addEventListener(name, listener) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(listener);
  }

  removeEventListener(name, listener) {
    this.#listeners.get(name)?.delete(listener);
  }

  close() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.#ended = true;
    this.#pause();
  }

  #pause() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #open(again) {
    if (this.#source || this.#ended) return;
    const source = new EventSource(this.url);
    this.#source = source;
    source.onopen = () => {
      this.#retries = 0;
      showInterrupted(false);
      if (again) this.#emit("resumed", "{}");
      again = true; // the browser itself reconnects after a broken connection
    };
    source.onerror = () => this.#broken(source);
    for (const name of SENT) source.addEventListener(name, (event) => this.#take(name, event));
  }

  #broken(source) {
    if (source !== this.#source) return;
    this.#pause();
    if (this.#ended) return;
    this.#retries += 1;
    showInterrupted(this.#retries > 1);
    this.#timer = setTimeout(() => this.#open(true), Math.min(1000 * 2 ** this.#retries, 30000));
  }

  #take(name, { data, lastEventId }) {
    this.#remember(lastEventId);
    this.#emit(name, data);
    if (name === "training") this.#emit(JSON.parse(data).event, data);
    if (name === "state") this.#ended = FINAL.has(JSON.parse(data).state);
  }

  // An id holds the places in events and log to go on from: ATTEMPT-EVENTS-LOG.
  #remember(id) {
    const [, events, log] = /^\d+-(\d+)-(\d+)$/.exec(id) ?? [];
    if (events === undefined) return;
    const url = new URL(this.url, location);
    url.searchParams.set("after", events);
    url.searchParams.set("log", log);
    this.url = url.href;
  }

  #emit(name, data) {
    const pending = this.#waiting.get(name);
    if (pending) {
      pending.data = data;
      pending.again = true;
      return;
    }
    const slot = { data, again: false };
    this.#waiting.set(name, slot);
    setTimeout(() => {
      this.#waiting.delete(name);
      if (slot.again) this.#emit(name, slot.data);
    }, CALM);
    this.#deliver(name, data);
  }

  #deliver(name, data) {
    const event = new MessageEvent(name, { data });
    for (const listener of this.#listeners.get(name) ?? []) listener(event);
    document.dispatchEvent(new CustomEvent(`stream:${name}`, { detail: JSON.parse(data) }));
  }
}

function showInterrupted(yes) {
  const words = document.getElementById("stream-state");
  if (words) words.hidden = !yes;
}

// The SSE extension of htmx opens its streams through this hook.
htmx.createEventSource = (url) => new Stream(url);

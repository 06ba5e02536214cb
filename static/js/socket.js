// @ts-check
/** A websocket that comes back: backoff with jitter, a watchdog for links that died silently, login when the session ended. */

const FIRST_WAIT = 400;
const LONGEST_WAIT = 15000;
const SILENCE = 9000; // the server speaks every 2 s
export const LOGIN_NEEDED = 4401;
export const OTHER_VERSION = 4409;

export class Socket {
  /**
   * @param {string} path
   * @param {{ message: (data: any) => void, open?: () => void, close?: (code: number) => void }} on
   */
  constructor(path, on) {
    this.path = path;
    this.on = on;
    this.tries = 0;
    this.heardAt = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.timer = 0;
    this.stopped = false;
    this.watchdog = window.setInterval(() => this.#watch(), 1000);
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#hurry(); });
    addEventListener("pagehide", () => this.stop());
    addEventListener("pageshow", (event) => { if (event.persisted) { this.stopped = false; this.connect(); } });
    this.connect();
  }

  get isOpen() { return this.socket?.readyState === WebSocket.OPEN; }

  connect() {
    clearTimeout(this.timer);
    if (this.stopped || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = this.socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => { this.tries = 0; this.heardAt = performance.now(); this.on.open?.(); });
    socket.addEventListener("message", (event) => { this.heardAt = performance.now(); this.on.message(event.data); });
    socket.addEventListener("close", (event) => { if (this.socket === socket) this.#lost(event.code); });
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  /** @param {number} code */
  #lost(code) {
    this.socket = null;
    this.on.close?.(code);
    if (this.stopped) return;
    if (code === LOGIN_NEEDED) { location.assign(document.body.dataset.login ?? "/login/"); return; }
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.tries++);
    this.timer = window.setTimeout(() => this.connect(), wait * (0.5 + Math.random() / 2));
  }

  #hurry() {
    if (this.socket) return;
    this.tries = 0;
    this.connect();
  }

  #watch() {
    const { socket } = this;
    if (!socket || socket.readyState !== WebSocket.OPEN || performance.now() - this.heardAt < SILENCE) return;
    socket.close();
    this.#lost(1006); // a dead link never fires close by itself in time
  }
}

/** The page: its forms, the state of the connection, and the list of messages. */
import { toSocketUrl, Watcher } from "./watcher.js";

/** Older messages leave the page. They stay in the queue. */
const SHOWN_MAX = 200;
/** Characters of a body that are shown. */
const BODY_MAX = 4000;

/** What stands in place of messages. */
const EMPTY = {
  stopped: "Connect, then post a message here or with any client.",
  connecting: "Messages appear here once the page is connected.",
  watching: "Nothing yet. Post a message here or with any client.",
  waiting: "Messages appear here once the page is connected again.",
};

/** A part of the page that is always there. */
const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (document.querySelector(selector));
const button = (/** @type {string} */ selector) => /** @type {HTMLButtonElement} */ (find(selector));
const connectForm = /** @type {HTMLFormElement} */ (find("#connect"));
const postForm = /** @type {HTMLFormElement} */ (find("#post"));
const bodyField = /** @type {HTMLTextAreaElement} */ (find("#body"));
const ttlField = /** @type {HTMLInputElement} */ (find("#ttl"));
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** @type {Watcher | null} */
let watcher = null;
/** @type {import("./watcher.js").State} */
let state = { kind: "stopped", problem: null, retryAt: null };
let arrived = 0;
/** @type {Date | null} When the connection was lost; null: it was not. */
let lostAt = null;

fillFromAddress();
chooseMode();
describeBody();
connectForm.addEventListener("submit", connect);
connectForm.addEventListener("change", chooseMode);
postForm.addEventListener("submit", (event) => {
  event.preventDefault();
  void post();
});
bodyField.addEventListener("input", describeBody);
bodyField.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) postForm.requestSubmit();
});
find("#stop").addEventListener("click", () => watcher?.stop());
find("#retry").addEventListener("click", () => watcher?.start());
find("#clear").addEventListener("click", clear);
addEventListener("online", () => {
  if (state.kind === "waiting") watcher?.start();
});
setInterval(showState, 1000);

/** `?url=…&queue=…&project=…` fills the form. A key has no place in an address. */
function fillFromAddress() {
  const given = new URLSearchParams(location.search);
  const defaults = { url: "ws://127.0.0.1:8787/v2/websocket", queue: "jobs", project: "demo" };
  for (const [name, value] of Object.entries(defaults)) fieldOf(name).value = given.get(name) ?? value;
  if (given.has("project")) fieldOf("mode").value = "trusting";
}

function fieldOf(/** @type {string} */ name) {
  return /** @type {HTMLInputElement} */ (connectForm.elements.namedItem(name));
}

function chooseMode() {
  const mode = fieldOf("mode").value;
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-mode]"))) {
    part.hidden = part.dataset["mode"] !== mode;
    for (const input of part.querySelectorAll("input")) input.disabled = part.hidden;
  }
}

function connect(/** @type {Event} */ event) {
  event.preventDefault();
  const textOf = (/** @type {string} */ name) => fieldOf(name).value.trim();
  const credential = textOf("mode") === "key" ? { key: textOf("key") } : { project: textOf("project") };
  let settings;
  try {
    settings = { url: toSocketUrl(textOf("url")), queue: textOf("queue"), ...credential };
  } catch {
    const problem = {
      title: "The service has no valid address",
      text: "Write a host, such as 127.0.0.1:8787, or a URL.",
    };
    return enter({ kind: "stopped", retryAt: null, problem });
  }
  const { key, project } = credential;
  const identity = key === undefined ? `project ${project}` : `an API key that ends in ${key.slice(-4)}`;
  const { host } = new URL(settings.url);
  for (const [field, text] of Object.entries({ queue: settings.queue, host, identity })) {
    find(`[data-field="${field}"]`).textContent = text;
  }
  state = { ...state, problem: null };
  watcher = new Watcher(settings, { onState: enter, onMessage: addMessage });
  watcher.start();
}

/** Shows what has become of the connection. */
function enter(/** @type {import("./watcher.js").State} */ next) {
  if (next.kind === "waiting" && state.kind === "watching") lostAt = new Date();
  if (next.kind === "watching" && lostAt !== null) addGap(lostAt);
  if (next.kind !== "waiting" && next.kind !== "connecting") lostAt = null;
  // An attempt that has begun does not hide why it is made.
  state = next.kind === "connecting" ? { ...next, problem: state.problem } : next;
  if (next.kind === "stopped") swap(find("#watching"), connectForm, button("#connect button"));
  else swap(connectForm, find("#watching"), button("#stop"));
  button("#post button").disabled = next.kind !== "watching";
  showState();
  // The button that was pressed may be a screen below.
  if (next.problem !== null) find("#problem").scrollIntoView({ block: "nearest" });
}

/**
 * Shows one part of the page in place of another. The focus does not get lost with what it was on.
 *
 * @param {HTMLElement} from
 * @param {HTMLElement} to
 * @param {HTMLButtonElement} next
 */
function swap(from, to, next) {
  const hasFocus = from.contains(document.activeElement);
  from.hidden = true;
  to.hidden = false;
  if (hasFocus) next.focus();
}

function showState() {
  const { kind, problem, retryAt } = state;
  const seconds = Math.max(0, Math.ceil(((retryAt ?? 0) - Date.now()) / 1000));
  const texts = {
    stopped: "Not connected",
    connecting: "Connecting…",
    watching: `Watching ${find('[data-field="queue"]').textContent}`,
    waiting: "Trying again",
  };
  find("#state").dataset["kind"] = kind;
  change(find("#state :first-child"), texts[kind]);
  change(find("#state :last-child"), kind === "waiting" ? ` in ${seconds} s` : "");
  change(find("#empty"), EMPTY[kind]);
  const box = find("#problem");
  box.hidden = problem === null;
  box.dataset["kind"] = kind === "connecting" ? "waiting" : kind;
  change(find("#problem h2"), problem?.title ?? "");
  change(find("#problem p"), problem?.text ?? "");
  button("#retry").hidden = kind === "stopped";
  button("#retry").disabled = kind === "connecting";
}

/** Only if it differs, because screen readers repeat what is set. */
function change(/** @type {HTMLElement} */ element, /** @type {string} */ text) {
  if (element.textContent !== text) element.textContent = text;
}

async function post() {
  if (watcher === null) return;
  const text = bodyField.value;
  const ttl = Number(ttlField.value);
  const problem = await watcher.post(isJson(text) ? text : JSON.stringify(text), ttl);
  const status = find("#posted");
  status.dataset["kind"] = problem === null ? "posted" : "refused";
  status.textContent =
    problem === null ? `Posted at ${clock.format(new Date())}.` : `${problem.title}. ${problem.text}`;
}

function describeBody() {
  find("#body-hint").textContent = isJson(bodyField.value) ? "Posted as JSON." : "This is not JSON: posted as a text.";
}

function isJson(/** @type {string} */ text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `text`: a notification, `{"ttl":60,"body":…,"Message_Type":"Notification","queue_name":"jobs"}`. */
function addMessage(/** @type {string} */ text) {
  const { ttl } = JSON.parse(text);
  const { body } = JSON.parse(text, keepDigits);
  const shown = typeof body === "string" ? body : JSON.stringify(body, null, 2);
  const more = shown.length - BODY_MAX;
  const pre = newElement("pre", more > 0 ? `${shown.slice(0, BODY_MAX)}… and ${more} more characters` : shown);
  const now = new Date();
  const time = newElement("time", clock.format(now));
  time.dateTime = now.toISOString();
  const label = newElement("span", `ttl ${ttl} s`);
  label.className = "ttl";
  addItem(time, pre, label);
  arrived++;
  showCount();
}

/**
 * Numbers beyond the precision of JavaScript keep their digits, where the browser can.
 *
 * @param {string} _key
 * @param {unknown} value
 * @param {{ readonly source: string }} [context]
 */
function keepDigits(_key, value, context) {
  const { rawJSON } = /** @type {{ rawJSON?: (source: string) => unknown }} */ (JSON);
  return typeof value === "number" && rawJSON !== undefined ? rawJSON(context?.source ?? "") : value;
}

/** What was posted in the meantime is in the queue, but was not pushed. */
function addGap(/** @type {Date} */ since) {
  const [from, to] = [clock.format(since), clock.format(new Date())];
  addItem(`Not connected from ${from} to ${to}. Messages posted in that time are in the queue, but not on this page.`);
  find("#messages :first-child").className = "gap";
}

function addItem(/** @type {(Node | string)[]} */ ...parts) {
  const item = document.createElement("li");
  item.append(...parts);
  const list = find("#messages");
  list.prepend(item);
  if (list.childElementCount > SHOWN_MAX) list.lastElementChild?.remove();
  find("#empty").hidden = true;
  button("#clear").disabled = false;
}

function clear() {
  find("#messages").replaceChildren();
  arrived = 0;
  showCount();
  find("#empty").hidden = false;
  button("#clear").disabled = true;
}

function showCount() {
  find("#count").textContent = arrived === 0 ? "" : arrived.toLocaleString("en");
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {string} text
 */
function newElement(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

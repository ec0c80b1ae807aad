/** Posts to a queue from a page that has no credential, with the signature that server.ts has got for it. */

/** @type {Promise<{ url: string, signed: import("sukkal/client").SharedUrl }> | null} */
let permission = null;

async function newPermission() {
  const response = await fetch("/signature");
  return response.ok ? response.json() : Promise.reject(new Error(`no signature: ${response.status}`));
}

/** Repetitions with the same id are stored once, so a visitor may press the button again after a failure. */
async function post(/** @type {unknown} */ body, /** @type {string} */ id) {
  permission ??= newPermission();
  const { url, signed } = await permission;
  return fetch(url, {
    method: "POST",
    // The service takes these headers from pages whose origin is in CORS_ALLOWED_ORIGINS.
    headers: {
      "Client-ID": id,
      "Idempotency-Key": id,
      "Content-Type": "application/json",
      "X-Project-ID": signed.project,
      "URL-Signature": signed.signature,
      "URL-Expires": signed.expires,
      "URL-Methods": signed.methods.join(","),
      "URL-Paths": signed.paths.join(","),
    },
    body: JSON.stringify({ messages: [{ body, ttl: 86_400 }] }),
  });
}

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const note = /** @type {HTMLElement} */ (document.querySelector("[role=status]"));
let id = crypto.randomUUID();

async function send() {
  const body = { text: new FormData(form).get("text") };
  try {
    let response = await post(body, id);
    // The answer to a signature that has expired or was revoked: one more attempt with a new one.
    if (response.status === 404) {
      permission = null;
      response = await post(body, id);
    }
    if (!response.ok) throw new Error(`${response.status}: ${(await response.json()).description}`);
    id = crypto.randomUUID();
    form.reset();
    note.textContent = "Thank you.";
  } catch (error) {
    permission = null;
    note.textContent = `It was not sent (${String(error)}). Please try again.`;
  }
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void send();
});

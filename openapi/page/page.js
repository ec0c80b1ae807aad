/**
 * Shows the API, and lets people try it. Requests go to the service that the page comes from, below the path where it is. Nothing is
 * stored but a Client-ID, which is not secret: a credential is forgotten when the page is closed.
 */
const STORED = "sukkal-client-id";

/** A UUID, which the service requires. `crypto.randomUUID` does not exist on pages without TLS. */
function randomUuid() {
  const digits = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
  return digits.join("").replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}

/** The same at each visit, so that one's own messages can be told from those of others. */
function clientId() {
  const known = localStorage.getItem(STORED);
  if (known !== null) return known;
  const created = randomUuid();
  localStorage.setItem(STORED, created);
  return created;
}

function followColorScheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const page = document.documentElement;
  const apply = () =>
    page.classList.toggle("dark-mode", (page.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark");
  dark.addEventListener("change", apply);
  // The reader has chosen a theme.
  new MutationObserver(apply).observe(page, { attributeFilter: ["data-theme"] });
  apply();
}

followColorScheme();
const response = await fetch("openapi.json");
const spec = await response.json();
spec.components.parameters.ClientId.example = clientId();
spec.servers = [{ url: new URL("..", location.href).href.replace(/\/$/, "") }];
SwaggerUIBundle({
  spec,
  dom_id: "#api",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  tryItOutEnabled: true,
  // Otherwise the document is sent to a server of others.
  validatorUrl: null,
});

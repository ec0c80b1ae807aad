/** The console: what a project's queues and topics hold, and what needs somebody. */
import { render } from "preact";
// Components that read signals are rendered again when these change.
import "@preact/signals";
import { applyTheme } from "./state/theme.ts";

applyTheme();
render(<main class="page">Sukkal</main>, document.body);

/** How the console is built. All addresses in the page are relative, so that a prefix of a proxy stays. */
import { defaultClientConditions, defineConfig } from "vite";

/** What understands `light-dark()`, so that it is not compiled into two variables a colour. */
const BROWSERS = ["chrome123", "edge123", "firefox120", "safari17.5"];

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  publicDir: false,
  // The client is bundled from its sources, as the command line is.
  resolve: { conditions: ["sukkal-source", ...defaultClientConditions] },
  // Whatever NODE_ENV says, which vitest sets: for development the script would have the paths of its sources.
  oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
  build: {
    target: BROWSERS,
    cssTarget: BROWSERS,
    // The policy of the page forbids `data:`.
    assetsInlineLimit: 0,
    // One folder: the service serves no file below another folder.
    assetsDir: "",
    modulePreload: false,
    // Charts and further pages are scripts of their own. The service knows names of this form.
    rolldownOptions: { output: { chunkFileNames: "part-[hash].js" } },
  },
  // `npm run console:dev` beside `npm start`.
  server: { host: "127.0.0.1", proxy: { "/v2": process.env["SUKKAL_URL"] ?? "http://127.0.0.1:8787" } },
});

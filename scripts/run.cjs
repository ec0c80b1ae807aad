/**
 * Runs a script of this folder by its name. In the oldest JavaScript there is, so that a Node which cannot run the scripts
 * themselves, because it knows no types, can say so.
 */
"use strict";
if (process.features.typescript) {
  var script = require("path").join(__dirname, process.argv[2] + ".ts");
  process.argv.splice(1, 2, script);
  import(require("url").pathToFileURL(script).href).catch(function (error) {
    console.error(error);
    process.exitCode = 1;
  });
} else {
  console.error(
    "Node " +
      process.versions.node +
      " cannot run Sukkal, 22.18 or newer can. On Linux npm ci installs one " +
      "for it; it was left out (--omit=optional), or the script was not run by npm.",
  );
  process.exitCode = 1;
}

#!/usr/bin/env node
/**
 * Runs a script by its path from this folder, without its extension; `start` by default. It is written in old JavaScript, so that a Node without
 * support for TypeScript can run it and print that it is too old.
 */
"use strict";
if (process.features.typescript) {
  // The scripts without their types, as V8 has compiled them: a start takes half the time. Nothing is kept where it cannot be written.
  process.env.NODE_COMPILE_CACHE =
    process.env.NODE_COMPILE_CACHE || require("path").join(__dirname, "../node_modules/.cache/node");
  require("module").enableCompileCache();
  var isNamed = /^[^-]/.test(process.argv[2] || "");
  var script = require("path").join(__dirname, (isNamed ? process.argv[2] : "start") + ".ts");
  process.argv.splice(1, isNamed ? 2 : 1, script);
  import(require("url").pathToFileURL(script).href).catch(function (error) {
    var isMissing = error.code === "ERR_MODULE_NOT_FOUND";
    console.error(isMissing ? error.message + "\nnpm ci --include=dev in a checkout installs what is missing." : error);
    process.exitCode = 1;
  });
} else {
  console.error(
    "Node " +
      process.versions.node +
      " cannot run Sukkal: it needs Node 22.18 or newer. On Linux, npm ci installs a suitable Node and npm run uses it. " +
      "Either npm ci has left it out (--omit=optional), or the script was not started by npm.",
  );
  process.exitCode = 1;
}

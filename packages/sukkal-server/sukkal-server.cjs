#!/usr/bin/env node
/** Starts the service. It is written in old JavaScript, so that an old Node can run it and print that it is too old. */
"use strict";
var version = process.versions.node.split(".").map(Number);
if (version[0] > 22 || (version[0] === 22 && version[1] >= 13)) {
  import("./dist/start.js").catch(function (error) {
    var isUnbuilt = error.code === "ERR_MODULE_NOT_FOUND";
    console.error(
      isUnbuilt ? error.message + "\nnpm run build --workspace sukkal-server makes it in a checkout." : error,
    );
    process.exitCode = 1;
  });
} else {
  console.error("Node " + process.versions.node + " cannot run Sukkal: it needs Node 22.13 or newer.");
  process.exitCode = 1;
}

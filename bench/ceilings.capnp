# The runtime of the ceilings. All as in ../config.capnp, so that only the Worker differs.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "ceilings", worker = .ceilings),
    (name = "disk", disk = (path = "data", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "ceilings")],
);

const ceilings :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "dist/index.js")],
  compatibilityDate = "2026-10-23",
  durableObjectNamespaces = [(className = "CeilingObject", uniqueKey = "ceilings", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [(name = "CEILINGS", durableObjectNamespace = "CeilingObject")],
);

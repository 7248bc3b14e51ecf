# Both forms of workerd. The address and the directory of `functions` are given on the command line.
using Workerd = import "/workerd/workerd.capnp";

const direct :Workerd.Config = (
  services = [ (name = "main", worker = .directWorker) ],
  sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "main") ],
);
const directWorker :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [
    (name = "main", esModule = embed "workerd.mjs"),
    (name = "hook-basic", esModule = embed "functions/hook-basic.mjs"),
    (name = "hook-echo", esModule = embed "functions/hook-echo.mjs"),
    (name = "hook-cpu", esModule = embed "functions/hook-cpu.mjs"),
  ],
);

const loader :Workerd.Config = (
  services = [
    (name = "main", worker = .loaderWorker),
    (name = "functions", disk = (path = "/nonexistent")),
  ],
  sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "main") ],
);
const loaderWorker :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [
    (name = "main", esModule = embed "workerd-loader.mjs"),
    (name = "verify", esModule = embed "workerd.mjs"),
    (name = "hook-basic", esModule = embed "functions/hook-basic.mjs"),
    (name = "hook-echo", esModule = embed "functions/hook-echo.mjs"),
    (name = "hook-cpu", esModule = embed "functions/hook-cpu.mjs"),
    (name = "hook-basic.txt", text = embed "functions/hook-basic.mjs"),
    (name = "hook-echo.txt", text = embed "functions/hook-echo.mjs"),
    (name = "hook-cpu.txt", text = embed "functions/hook-cpu.mjs"),
  ],
  bindings = [
    (name = "LOADER", workerLoader = ()),
    (name = "FUNCTIONS", service = "functions"),
  ],
);

// `os`: the little that is true of every place where a function runs.
export = {
  EOL: '\n',
  arch: () => 'x64',
  cpus: () => [],
  endianness: () => 'LE',
  freemem: () => 0,
  homedir: () => '/',
  hostname: () => 'localhost',
  loadavg: () => [0, 0, 0],
  networkInterfaces: () => ({}),
  platform: () => 'linux',
  release: () => '',
  tmpdir: () => '/tmp',
  totalmem: () => 0,
  type: () => 'Linux',
  uptime: () => Math.floor(internal.native.monotonicMs() / 1000),
};

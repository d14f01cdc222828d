// Servers and clients of other languages' own libraries.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { check, needs } from './run.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

const parts = (command, script, missing, names) =>
  Object.fromEntries(
    names.map((name) => [
      name,
      check(missing, async (run) => {
        const port = await run.port();
        await run.server(command, [file(script), 'serve', name, port], { port });
        return (await run.client(command, [file(script), 'visit', name, port])).trim();
      }),
    ]),
  );

// The system's own starts at once; another may be a script that looks for one.
const interpreter = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

export const python = parts(interpreter, 'python_servers.py', needs(['python3', 'python3']), [
  'http.server',
  'socketserver',
  'asyncio',
  'selectors',
  'makefile',
]);

export const node = parts(process.execPath, 'node_servers.mjs', needs(), ['http', 'net', 'fetch']);

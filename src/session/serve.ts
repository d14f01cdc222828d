import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../errors.js';

/** Nobody but this machine. */
const LOOPBACK = '127.0.0.1';

export interface ServedPage {
  readonly url: string;
  /** Stops at once, open connections included. */
  close(): void;
}

/**
 * Serves one page on loopback.
 *
 * @param port 0 = any that is free
 * @throws UserError when the port can't be had
 */
export async function servePage(page: string, port: number): Promise<ServedPage> {
  const server = createServer((request, response) => {
    const known = request.url === '/' && (request.method === 'GET' || request.method === 'HEAD');
    response.writeHead(known ? 200 : 404, {
      'content-type': known ? 'text/html; charset=utf-8' : 'text/plain',
      'cache-control': 'no-store',
    });
    response.end(known && request.method === 'GET' ? page : undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new UserError(`Port ${port} can't be served: ${error.code ?? error.message}.`, [
          'Choose another one with --port, or leave it out for any that is free.',
        ]),
      );
    });
    server.listen(port, LOOPBACK, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${bound}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

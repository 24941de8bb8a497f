import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A server that takes connections and never says a word. */
export interface SilentServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Cuts every connection, and takes no more. */
  end(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startSilentServer(): Promise<SilentServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const end = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return { host: '127.0.0.1', port: address.port, end, [Symbol.asyncDispose]: end };
}

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that keeps what the server says. */
export interface RecordingProxy extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** All that the server has sent, in every connection. */
  received(): Buffer;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startRecordingProxy(port: number): Promise<RecordingProxy> {
  const sockets = new Set<Socket>();
  const chunks: Buffer[] = [];
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    server.on('data', (chunk) => chunks.push(chunk));
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    client.pipe(server).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    host: '127.0.0.1',
    port: address.port,
    received: () => Buffer.concat(chunks),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that takes time, as another availability zone does. */
export interface FarServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 and passes everything on to `port`, `ms` later in each direction. */
export async function moveAway(port: number, ms: number): Promise<FarServer> {
  const sockets = new Set<Socket>();
  const late = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.setNoDelay();
    from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), ms));
    from.on('close', () => setTimeout(() => to.end(), ms));
    from.on('error', () => to.destroy());
  };
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    late(near, far);
    late(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { always, failureIn, observerOf, sampleOnce } from './rig.ts';

test('a server that sends one message of 256 MB is given up after 16 MB', async () => {
  let sent = 0;
  const listener = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      // AuthenticationOk, then a notice that never ends.
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x4e, 0x10, 0, 0, 0]));
      const chunk = Buffer.alloc(1024 * 1024);
      const more = () => {
        if (socket.destroyed || sent >= 256 * chunk.length) return;
        sent += chunk.length;
        socket.write(chunk, more);
      };
      more();
    });
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const server = { host: '127.0.0.1', port: address.port };
  const failure = failureIn(await sampleOnce(observerOf(server, always({ user: 'guard', password: 'x' }))));
  listener.close();
  expect(failure.text).toContain('an answer of more than');
  expect(sent).toBeLessThan(64 * 1024 * 1024);
});

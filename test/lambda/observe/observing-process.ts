import { createObserver } from '../../../lambda/observe/observer.ts';
import { systemClock } from '../../../lambda/shared/clock.ts';

// A process of the function as far as it observes: takes a sample whenever its parent asks, and keeps the session.

const [host = '', port, user = '', password = '', endsAfter] = process.argv.slice(2);

const observer = createObserver({
  target: { host, port: Number(port), database: 'postgres', checkTimeout: 10, tls: { mode: 'disable' } },
  credentials: { credentials: async () => ({ user, password }) },
  clock: systemClock,
  endsAfter: Number(endsAfter),
});

process.on('disconnect', () => process.exit());
process.on('message', () => {
  void observer.sample(new AbortController().signal).then(({ kind }) => process.send?.(kind));
});

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { row } from './report.ts';
import type { Rig } from './rig.ts';

/** 25 databases in one event, one of which accepts connections and never answers. */
export async function measureFleet(rig: Rig): Promise<void> {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const databases = [
    { ...rig.entry('hung', { host: '127.0.0.1', port }), checkTimeout: 2 },
    ...Array.from({ length: 24 }, (_, index) => rig.entry(`healthy-${index + 1}`, rig.server)),
  ];
  // The first run of a new process is measured by its start.
  await rig.ask({ kind: 'run', event: { databases: databases.slice(1) } }).catch(() => {});
  const before = rig.aws.metricData.length;
  const { ms } = await rig.ask({ kind: 'run', event: { databases } });
  for (const socket of sockets) socket.destroy();
  silent.close();
  const succeeded = rig.aws.metricData.slice(before).filter(({ metric }) => metric === 'CheckSucceeded');
  const healthy = succeeded.filter(({ values }) => values.includes(1)).length;
  row(
    '25 databases, one hung for 2 s: the run',
    `${(ms / 1000).toFixed(2)} s, ${healthy} healthy reported`,
    'its deadline, 8 s; 24',
  );
}

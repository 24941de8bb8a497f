import { describe, expect, it } from 'vitest';
import { createMailer } from '../../../../lambda/report/delivery/mailer.ts';
import type { Alert } from '../../../../lambda/report/message/alert.ts';
import { alertAfter, database, failure, leak, minutesAfterStart } from '../situations.ts';

const unreachable = (name: string, kind: 'dns' | 'timeout') =>
  alertAfter([failure(minutesAfterStart(0), kind), failure(minutesAfterStart(1), kind)], {
    db: database({ name }),
  });
const critical = (name: string) => alertAfter(leak(160), { db: database({ name }) });

/** A mailer whose gathering ends when the test says so, and what it published. */
function rig(fails = false) {
  const published: string[][] = [];
  let over = () => {};
  const waited = new Promise<void>((resolve) => {
    over = resolve;
  });
  const mail = createMailer({
    databases: 25,
    clock: { sleep: () => waited },
    publish: async (alerts, topic) => {
      if (fails) throw new Error('SNS is down');
      published.push([topic, ...alerts.map((alert: Alert) => alert.database.name)]);
    },
  });
  return { mail, published, over };
}

describe('the alerts of one run', () => {
  it('go out as one message where they say the same, and apart where they do not', async () => {
    const { mail, published, over } = rig();
    const sent = [
      mail(unreachable('a', 'dns')),
      mail(unreachable('b', 'timeout')),
      mail(unreachable('c', 'dns')),
      mail(critical('d')),
      mail(critical('e')),
    ];
    over();
    await Promise.all(sent);
    expect(published).toEqual([
      ['critical', 'a', 'c'],
      ['critical', 'b'],
      ['critical', 'd', 'e'],
    ]);
  });

  it('are each told of a message that could not be published', async () => {
    const { mail, over } = rig(true);
    const sent = [mail(critical('a')), mail(critical('b'))];
    over();
    expect((await Promise.allSettled(sent)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('begin a message of their own when the one before is on its way', async () => {
    const { mail, published, over } = rig();
    over();
    await mail(critical('a'));
    await mail(critical('b'));
    expect(published).toEqual([
      ['critical', 'a'],
      ['critical', 'b'],
    ]);
  });
});

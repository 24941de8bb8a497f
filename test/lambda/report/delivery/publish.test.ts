import { describe, expect, it } from 'vitest';
import { publishAlert } from '../../../../lambda/report/delivery/publish.ts';
import type { RenderedAlert } from '../../../../lambda/report/delivery/render.ts';
import { LOCAL_TOPIC_ARN } from '../../../../local/aws/records.ts';
import { useAws } from '../../../support/aws.ts';

const aws = useAws();
const service = 'sns';

const alert: RenderedAlert = {
  subject: 'CRITICAL orders: 170 of 195 slots used',
  text: 'LevelThreshold one & <two>\nünïcödé 🐘 "quoted" \\ back',
  document: { version: 1, notifications: [], links: {} },
  chat: {
    version: '1.0',
    source: 'custom',
    content: { textType: 'client-markdown', title: 'CRITICAL', description: '`a` & <b>\n"c"' },
    metadata: { threadId: 't1', summary: 's', eventType: 'level' },
  },
  attributes: { database: ['orders'], level: 'critical', kind: 'level' },
};
const publish = (topic = LOCAL_TOPIC_ARN, signal = AbortSignal.timeout(10_000)) =>
  publishAlert(aws.clients.sns, topic, alert, signal);

describe('publishing an alert', () => {
  it('carries the email and the chat form, unharmed, in one message', async () => {
    const messageId = await publish();
    const [message] = aws.endpoint.messages;
    expect(aws.endpoint.messages).toHaveLength(1);
    expect(message).toMatchObject({ messageId, topicArn: LOCAL_TOPIC_ARN, subject: alert.subject });
    expect(message?.attributes).toEqual({ database: '["orders"]', level: 'critical', kind: 'level' });
    expect(message?.bodies['email']).toBe(alert.text);
    expect(JSON.parse(message?.bodies.default ?? '')).toEqual(alert.document);
    expect(JSON.parse(message?.bodies['https'] ?? '')).toEqual(alert.chat);
  });

  it.each(['throttle', 'server-error', 'reset', 'lose-reply'] as const)(
    'is one attempt: %s rejects, and what may have been published is not sent again at once',
    async (kind) => {
      aws.endpoint.fail({ service, kind, times: 1 });
      await expect(publish()).rejects.toThrow();
      expect(aws.endpoint.calls).toHaveLength(1);
      expect(aws.endpoint.messages).toHaveLength(kind === 'lose-reply' ? 1 : 0);
    },
  );

  it('rejects when the topic does not exist, SNS stays down, or time is up', async () => {
    await expect(publish(`${LOCAL_TOPIC_ARN}-gone`)).rejects.toMatchObject({ name: 'NotFoundException' });
    const lift = aws.endpoint.fail({ service, kind: 'server-error' });
    await expect(publish()).rejects.toThrow();
    lift();
    aws.endpoint.fail({ service, kind: 'hang' });
    await expect(publish(LOCAL_TOPIC_ARN, AbortSignal.timeout(100))).rejects.toThrow('abort');
    expect(aws.endpoint.messages).toEqual([]);
  });
});

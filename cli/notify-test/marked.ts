import { MAX_SUBJECT } from '../../lambda/report/delivery/limits.ts';
import type { RenderedAlert } from '../../lambda/report/delivery/render.ts';

/** The first line of every form that people read. */
const FIRST_LINE = 'TEST, sent by hand with notify-test: nothing of this has happened.';

/** The same message, in every form marked as a test. */
export function marked(rendered: RenderedAlert): RenderedAlert {
  const { text, chat, document } = rendered;
  const test = (words: string) => `TEST ${words}`;
  return {
    ...rendered,
    subject: test(rendered.subject).slice(0, MAX_SUBJECT),
    text: `${FIRST_LINE}\n\n${text}`,
    chat: {
      ...chat,
      content: {
        ...chat.content,
        title: test(chat.content.title),
        description: `${FIRST_LINE}\n${chat.content.description}`,
      },
      metadata: { ...chat.metadata, summary: test(chat.metadata.summary) },
    },
    document: {
      ...document,
      test: true,
      notifications: document.notifications.map((each) => ({ ...each, summary: test(each.summary) })),
    },
  };
}

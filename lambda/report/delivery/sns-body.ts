import { MAX_MESSAGE } from './limits.ts';
import type { RenderedAlert } from './render.ts';

/**
 * The body of one SNS Publish with `MessageStructure: 'json'`: the text for email, the subject for phones, the chat
 * message for https, which is how Amazon Q in chat applications subscribes, and the document for all others (SQS,
 * Lambda, email-json). Under 256 KB whatever comes in.
 */
export function snsMessage(rendered: RenderedAlert): string {
  for (let most = MAX_MESSAGE; ; most = Math.floor(most / 2)) {
    const { chat } = rendered;
    const text = head(rendered.text, most);
    const content = { ...chat.content, description: head(chat.content.description, most) };
    const message = JSON.stringify({
      default: JSON.stringify(rendered.document),
      email: text,
      sms: rendered.subject,
      https: JSON.stringify({ ...chat, content }),
    });
    if (most === 0 || Buffer.byteLength(message) <= MAX_MESSAGE) return message;
  }
}

function head(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
}

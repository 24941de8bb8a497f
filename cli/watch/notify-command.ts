import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { usableSlots } from '../../lambda/model/observation.ts';
import { renderAlerts } from '../../lambda/report/delivery/render.ts';
import type { Alert } from '../../lambda/report/message/alert.ts';
import { printable } from '../../lambda/shared/printable.ts';

/** How long a command may take, in ms; then it is ended, and the message counts as not delivered. */
const WITHIN = 10_000;

/** What a command is given, as one line of JSON. */
export function notificationData(alert: Alert): Readonly<Record<string, unknown>> {
  const { kind, level, previousLevel, threadId } = alert.notification;
  const { subject, text: words } = renderAlerts([alert], { timeZone: 'UTC' });
  const { snapshot } = alert;
  const usable = snapshot === null ? 0 : usableSlots(snapshot.capacity);
  const slots = snapshot && { used: snapshot.used, usable, left: Math.max(0, usable - snapshot.used) };
  const at = new Date(alert.at).toISOString();
  return {
    at,
    database: alert.database.name,
    kind,
    level,
    previousLevel,
    threadId,
    ...slots,
    subject,
    text: words,
  };
}

/** Runs a shell command with one message as JSON on its standard input. Rejects unless it exits with 0 in time. */
export async function runNotifyCommand(command: string, alert: Alert): Promise<void> {
  // A process group of its own, so that what the shell started ends with it.
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'ignore', 'pipe'], detached: true });
  const ended = new Promise<string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code === 0 ? null : `exited with ${code ?? signal}`));
  });
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, WITHIN);
  try {
    // A command that does not read its input is no failure of ours: its exit code says what came of it.
    child.stdin.on('error', () => {});
    child.stdin.end(`${JSON.stringify(notificationData(alert))}\n`);
    const [words, failure] = await Promise.all([text(child.stderr), ended]);
    if (failure !== null)
      throw new Error(`--notify ${failure}: ${printable(words.trim().split('\n')[0] ?? '', 200)}`);
  } finally {
    clearTimeout(timer);
  }
}

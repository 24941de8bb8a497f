import type { Context } from '../context.ts';
import { lookUpPassword } from './password-file.ts';
import type { ConnectionSettings } from './settings.ts';

/** From the password file, or from a person; empty where a Unix socket or a certificate needs none. */
export async function passwordFor(
  settings: Parameters<typeof lookUpPassword>[0] & Pick<ConnectionSettings, 'clientCertificate'>,
  context: Context,
): Promise<string> {
  const { password, ignored } = await lookUpPassword(settings, context.home);
  if (ignored !== null) context.err(`note: ${ignored}`);
  if (password !== null) return password;
  const needsNone = settings.host.startsWith('/') || settings.clientCertificate !== null;
  if (needsNone || context.ask === null) return '';
  return await context.ask(`Password for ${settings.user}: `, { secret: true, signal: context.signal });
}

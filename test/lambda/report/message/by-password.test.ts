import { expect, test } from 'vitest';
import { failureSteps } from '../../../../lambda/report/message/failure-steps.ts';
import { guardCommand, psqlLogin } from '../../../../lambda/report/message/pasteable-commands.ts';
import { alertAfter, leak } from '../situations.ts';

test('where a person gave the password, no command asks AWS for one', () => {
  const alert = alertAfter(leak(160));
  const commands = (byPassword: boolean) =>
    JSON.stringify([
      psqlLogin({ ...alert, byPassword }, false),
      guardCommand('guard', { ...alert, byPassword }, 'doctor'),
      failureSteps('credentials', { ...alert, byPassword }, null),
    ]);
  expect(commands(false)).toMatch(/generate-db-auth-token.*--iam.*rds_iam/);
  expect(commands(true)).not.toMatch(/aws |--iam|rds_iam/);
});

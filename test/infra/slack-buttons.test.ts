import './offline.ts';
import { expect, test } from 'vitest';
import { renderAlerts } from '../../lambda/report/delivery/render.ts';
import { alertAfter, leak } from '../lambda/report/situations.ts';
import { auroraWithSlack } from './examples.ts';
import { listOf, recordOf, statementsOf } from './policies.ts';
import { resolve } from './resolve.ts';
import { ofType, type Synthesis, synthesize } from './synth.ts';

const withButtons = synthesize({ ...auroraWithSlack, actions: { terminate: true } });

/** The custom actions of the template, with the function's name in place of the reference to it. */
function actionsOf(synthesis: Synthesis) {
  return ofType(synthesis, 'AWS::Chatbot::CustomAction').map(([, properties]) => {
    const { ActionName, Definition, Attachments } = recordOf(resolve(synthesis.template, properties));
    const [attachment, ...others] = listOf(Attachments).map(recordOf);
    expect(others).toEqual([]);
    return {
      name: String(ActionName),
      command: String(recordOf(Definition)['CommandText']),
      button: String(attachment?.['ButtonText']),
      type: String(attachment?.['NotificationType']),
      criteria: listOf(attachment?.['Criteria']).map(recordOf),
      variables: Object.entries(recordOf(attachment?.['Variables'])).map(([name, path]) => [
        name,
        String(path),
      ]),
    };
  });
}

test('every custom action keeps the limits of CloudFormation and of the API, the narrower of the two where they differ', () => {
  const actions = actionsOf(withButtons);
  for (const { name, command, button, type, criteria, variables } of actions) {
    expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(command).toMatch(/^[\S\s]{1,100}$/);
    expect(button).toMatch(/^[\S\s]{1,50}$/);
    expect(type).toMatch(/^[a-zA-Z0-9-]{1,100}$/);
    expect(criteria.length).toBeGreaterThan(0);
    expect(criteria.length).toBeLessThanOrEqual(5);
    expect(variables.length).toBeLessThanOrEqual(5);
    for (const [variable, path] of variables) {
      expect(variable).toMatch(/^[A-Za-z0-9_-]{1,100}$/);
      expect(path).toMatch(/^[\x21-\x7F]{1,1024}$/);
    }
    for (const { VariableName, Operator } of criteria) {
      expect(variables.map(([variable]) => variable)).toContain(VariableName);
      expect(['HAS_VALUE', 'EQUALS']).toContain(Operator);
    }
  }
  expect(new Set(actions.map(({ name }) => name)).size).toBe(5);
});

test('a message fills each variable of a command, and then asks for what the function takes', () => {
  const alert = alertAfter(leak(160));
  const { chat } = renderAlerts([alert], {
    timeZone: 'UTC',
    actions: { functionName: 'guard-GuardActions-1A2B', region: 'eu-central-1', terminate: true },
  });
  const filled = actionsOf(withButtons).map(({ command, variables }) =>
    variables.reduce((text, [name, path]) => {
      const value = path
        ?.split('.')
        .slice(1)
        .reduce<unknown>((at, key) => recordOf(at)[key], chat);
      return text.replaceAll(`$${name}`, String(value));
    }, command),
  );
  expect(filled).toContain(
    'lambda invoke --function-name guard-GuardActions-1A2B --payload {"slack":"acknowledge","database":"orders"} --region eu-central-1',
  );
  expect(filled.join()).not.toMatch(/[$]|undefined/);
});

test('a button stands only under messages of its own stack', () => {
  for (const { criteria } of actionsOf(withButtons))
    expect(criteria).toContainEqual(
      expect.objectContaining({ Operator: 'EQUALS', Value: expect.stringContaining('GuardActions') }),
    );
});

test('the channel may invoke the one function and nothing else, by its role as by its guardrail', () => {
  const [, channel] = ofType(withButtons, 'AWS::Chatbot::SlackChannelConfiguration')[0] ?? [];
  expect(listOf(channel?.['CustomizationResourceArns'])).toHaveLength(5);
  const guardrails = ofType(withButtons, 'AWS::IAM::ManagedPolicy');
  expect(listOf(channel?.['GuardrailPolicies'])).toEqual(guardrails.map(([id]) => ({ Ref: id })));
  const roles = ofType(withButtons, 'AWS::IAM::Policy').filter(([id]) => id.includes('Slack'));
  expect([guardrails.length, roles.length]).toEqual([1, 1]);
  for (const [, { PolicyDocument }] of [...guardrails, ...roles])
    expect(statementsOf(withButtons, PolicyDocument)).toEqual([
      expect.objectContaining({
        effect: 'Allow',
        actions: ['lambda:InvokeFunction'],
        resources: [expect.stringMatching(/GuardActionsFunction/)],
      }),
    ]);
});

test('without terminate no button ends sessions, and without actions there is none', () => {
  const names = (synthesis: Synthesis) => actionsOf(synthesis).map(({ command }) => command);
  expect(names(synthesize({ ...auroraWithSlack, actions: {} })).join()).not.toContain('terminate');
  expect(names(synthesize(auroraWithSlack))).toEqual([]);
});

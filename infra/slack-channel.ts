import { Names, Stack } from 'aws-cdk-lib';
import {
  CfnCustomAction,
  CfnSlackChannelConfiguration,
  LoggingLevel,
  SlackChannelConfiguration,
} from 'aws-cdk-lib/aws-chatbot';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { SlackRequest } from '../lambda/actions/slack-request.ts';
import type { ButtonContext } from '../lambda/report/message/action-commands.ts';

/** A Slack channel; its workspace was authorised once, by hand, in Amazon Q Developer in chat applications. */
export interface SlackChannel {
  /** `T...`, from the workspace's address in Amazon Q Developer in chat applications. */
  readonly workspaceId: string;
  /** `C...`, from the channel's link. */
  readonly channelId: string;
}

/** What the buttons under messages do. */
export interface ButtonsProps {
  readonly function: IFunction;
  /** May sessions be ended by hand? */
  readonly terminate: boolean;
}

/** What stands on each button: at most 50 characters. */
const BUTTONS: Readonly<Record<SlackRequest['slack'], string>> = {
  holders: 'What holds the slots',
  preview: 'What reclaim would end',
  acknowledge: 'Acknowledge',
  mute: 'Mute for 1 h',
  terminate: 'End what reclaim would end',
};

/** Where Amazon Q finds what a button needs: in the message, by short names, as a command may have 100 characters. */
const VARIABLES = {
  F: path('function'),
  R: path('region'),
  D: path('database'),
};

function path(key: keyof ButtonContext): string {
  return `event.metadata.additionalContext.${key}`;
}

/** Everything from the topics goes to the channel, with buttons under what can be answered. */
export function connectSlack(
  scope: Construct,
  { workspaceId, channelId }: SlackChannel,
  topics: readonly ITopic[],
  buttons: ButtonsProps | undefined,
): void {
  const channel = new SlackChannelConfiguration(scope, 'Slack', {
    slackChannelConfigurationName: `${Stack.of(scope).stackName}-${channelId}`,
    slackWorkspaceId: workspaceId,
    slackChannelId: channelId,
    notificationTopics: [...topics],
    loggingLevel: LoggingLevel.ERROR,
    // The service's own default is AdministratorAccess.
    guardrailPolicies: [
      buttons
        ? new ManagedPolicy(scope, 'SlackGuardrail', {
            description: 'rds-connection-guard: all that anybody may do from the Slack channel',
            statements: [mayInvoke(buttons)],
          })
        : ManagedPolicy.fromAwsManagedPolicyName('CloudWatchReadOnlyAccess'),
    ],
  });
  if (buttons === undefined) return;
  // The guardrail is only the most that a role may do.
  channel.addToRolePolicy(mayInvoke(buttons));
  const { defaultChild } = channel.node;
  if (!(defaultChild instanceof CfnSlackChannelConfiguration))
    throw new Error('the Slack channel configuration is not the resource that it was');
  defaultChild.customizationResourceArns = addButtons(scope, buttons);
}

function mayInvoke({ function: { functionArn } }: ButtonsProps): PolicyStatement {
  return new PolicyStatement({
    sid: 'Act',
    actions: ['lambda:InvokeFunction'],
    resources: [functionArn],
  });
}

/**
 * One custom action for each button. It stands under a message that says the function of this stack, and no other.
 *
 * @returns their ARNs.
 * @see https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateCustomAction.html
 */
function addButtons(scope: Construct, { function: { functionName }, terminate }: ButtonsProps): string[] {
  return Object.entries(BUTTONS)
    .filter(([action]) => action !== 'terminate' || terminate)
    .map(([action, buttonText]) => {
      const id = `Slack-${action}`;
      const { attrCustomActionArn } = new CfnCustomAction(scope, id, {
        actionName: nameOf(scope, action),
        definition: {
          commandText: `lambda invoke --function-name $F --payload {"slack":"${action}","database":"$D"} --region $R`,
        },
        attachments: [
          {
            notificationType: 'Custom',
            buttonText,
            variables: VARIABLES,
            criteria: [
              { operator: 'EQUALS', variableName: 'F', value: functionName },
              { operator: 'HAS_VALUE', variableName: 'D' },
            ],
          },
        ],
      });
      return attrCustomActionArn;
    });
}

/** Custom actions have no region, and their names are unique in an account: at most 64 characters. */
function nameOf(scope: Construct, action: string): string {
  const unique = Names.uniqueResourceName(scope, { maxLength: 36, separator: '-' });
  return `${unique}-${action}-${Stack.of(scope).region}`;
}

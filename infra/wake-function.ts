import { existsSync } from 'node:fs';
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import type { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcard } from './acknowledge-finding.ts';
import { WAKE_DIRECTORY } from './build/package-root.ts';
import { dependOnPolicies } from './depend-on-policies.ts';
import { REFUSAL_PATTERN, type RefusalLog } from './monitoring/refused-logins.ts';

/** What {@link WakeFunction} is made from. */
export interface WakeFunctionProps {
  /** The function that it wakes. */
  readonly guard: IFunction;
  readonly scheduleGroup: CfnScheduleGroup;
  readonly logRetention: RetentionDays;
  /** Reserve one run, so that a burst of refusals is one wake-up; the rest is dropped. */
  readonly reserveConcurrency: boolean;
}

/**
 * A function outside the VPC that the first refused login in a server's log invokes, and that has the guard check that
 * server at once, at most once a minute. It reads the event from the schedule, which carries the work.
 */
export class WakeFunction extends Construct {
  private readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: WakeFunctionProps) {
    super(scope, id);
    if (!existsSync(WAKE_DIRECTORY))
      throw new Error(`the function is not built: run "npm run build" (looked for ${WAKE_DIRECTORY})`);
    const stack = Stack.of(this);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'rds-connection-guard: wake the guard when a login is refused',
    });
    logGroup.grantWrite(role);
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [props.guard.functionArn] }),
    );
    const schedules = stack.formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${props.scheduleGroup.ref}/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    role.addToPolicy(new PolicyStatement({ actions: ['scheduler:GetSchedule'], resources: [schedules] }));
    this.function = new LambdaFunction(this, 'Function', {
      description: 'Has the guard check a server as soon as its log shows a refused login',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 128,
      timeout: Duration.seconds(15),
      code: Code.fromAsset(WAKE_DIRECTORY),
      handler: 'index.handler',
      role,
      environment: {
        GUARD_FUNCTION_NAME: props.guard.functionName,
        GUARD_SCHEDULE_GROUP: props.scheduleGroup.ref,
      },
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      ...(props.reserveConcurrency && { reservedConcurrentExecutions: 1 }),
    });
    dependOnPolicies(this.function, role);
    // One statement for every log group of the account: a policy of one each would outgrow its 20 kB at 60 databases.
    this.function.addPermission('Logs', {
      principal: new ServicePrincipal('logs.amazonaws.com'),
      sourceAccount: stack.account,
      sourceArn: stack.formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: '*:*',
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    });
    this.acknowledgeFindings(role, schedules);
  }

  /** Subscribes to the refusals in a server's log, which the guard checks by `schedule`. */
  subscribe(scope: Construct, { database, logGroup }: RefusalLog, schedule: CfnSchedule): void {
    const filter = new SubscriptionFilter(scope, 'Wake', {
      logGroup,
      filterPattern: REFUSAL_PATTERN,
      // The function is told the filter's name: no more is needed to know what to check.
      filterName: `${schedule.ref}/${database}`,
      destination: new LambdaDestination(this.function, { addPermissions: false }),
    });
    filter.node.addDependency(this.function.node.findChild('Logs'));
  }

  private acknowledgeFindings(role: Role, schedules: string): void {
    acknowledgeWildcard(
      role,
      schedules,
      'the schedules of the guard’s own group, to be read only: a fleet has one for each 25 databases',
    );
    for (const id of ['Serverless-LambdaDLQ', 'Serverless-LambdaAsyncFailureDestination'])
      acknowledge(
        this.function,
        id,
        'what it drops is meant to be dropped: one wake-up a minute is enough, and the schedule checks the database anyway',
      );
    acknowledge(this.function, 'Serverless-LambdaTracing', 'two calls to AWS, each in its log');
    acknowledge(
      this.function,
      'Serverless-LambdaDefaultMemorySize',
      'two calls to AWS need no more than 128 MB',
    );
  }
}

import { Annotations, Stack } from 'aws-cdk-lib';
import {
  GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IPeer,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { ENDPOINTS } from './config/schema.ts';
import type { WatchedDatabase } from './resolve-databases.ts';

/** A VPC endpoint that the guard can create for itself. */
export type GuardEndpoint = (typeof ENDPOINTS)[number];

/** Billed by the hour for each subnet; `dynamodb` is the free gateway endpoint. */
const INTERFACES = {
  monitoring: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
  sns: InterfaceVpcEndpointAwsService.SNS,
  secretsmanager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
} as const;

/** What {@link Network} is made from. */
export interface NetworkProps {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly endpoints?: readonly GuardEndpoint[];
  readonly securityGroup?: ISecurityGroup;
  readonly ipv6?: boolean;
  readonly databases: readonly Pick<WatchedDatabase, 'securityGroups' | 'port' | 'grant'>[];
}

/** The way from the function to the databases and to AWS; never a NAT gateway. */
export class Network extends Construct {
  /** Of the function: no way in, and out only to the databases' ports and to HTTPS. */
  readonly securityGroup: ISecurityGroup;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const { vpc, subnets } = props;
    const anywhere = props.ipv6 ? [Peer.anyIpv4(), Peer.anyIpv6()] : [Peer.anyIpv4()];
    this.securityGroup = props.securityGroup
      ? this.asOurs(props.securityGroup)
      : this.createGroup(vpc, anywhere);
    // Two databases may share a group, imported twice: CloudFormation refuses the same rule twice.
    const opened = new Set<string>();
    for (const { securityGroups, port } of props.databases) {
      if (securityGroups.length === 0)
        for (const peer of anywhere)
          this.securityGroup.addEgressRule(peer, Port.tcp(port), 'a database whose owner lets the guard in');
      for (const group of securityGroups) {
        const rule = `${group.securityGroupId}:${port}`;
        if (opened.has(rule)) continue;
        opened.add(rule);
        // Seen from our side, both rules belong to our stack: the group's own may have been deployed before it.
        this.securityGroup.connections.allowTo(group, Port.tcp(port), 'rds-connection-guard');
      }
    }
    this.warnOfIsolation(props);
    for (const name of new Set(props.endpoints ?? [])) {
      if (name === 'dynamodb')
        new GatewayVpcEndpoint(this, 'dynamodb', {
          vpc,
          service: GatewayVpcEndpointAwsService.DYNAMODB,
          subnets: [subnets],
        });
      else
        new InterfaceVpcEndpoint(this, name, {
          vpc,
          service: INTERFACES[name],
          subnets,
          // The default rule lets the whole VPC in, and needs its CIDR.
          open: false,
        }).connections.allowDefaultPortFrom(this.securityGroup, 'rds-connection-guard calls AWS');
    }
  }

  /** Subnets without a way out reach AWS through endpoints only. Those that the VPC has otherwise are not known here. */
  private warnOfIsolation({ vpc, subnets, endpoints = [], databases }: NetworkProps): void {
    const isolated = new Set(vpc.isolatedSubnets.map(({ subnetId }) => subnetId));
    const { subnetIds } = vpc.selectSubnets(subnets);
    if (!subnetIds.some((id) => isolated.has(id))) return;
    const usesSecret = databases.some(({ grant }) => grant.action === 'secretsmanager:GetSecretValue');
    const missing = ENDPOINTS.filter(
      (name) => !endpoints.includes(name) && (usesSecret || name !== 'secretsmanager'),
    );
    if (missing.length > 0)
      Annotations.of(this).addWarningV2(
        'rds-connection-guard:isolatedSubnets',
        `the function runs in subnets without a way out, and endpoints leaves out ${missing.join(', ')}: unless the VPC ` +
          'has these endpoints already, the guard can neither measure, notify nor remember',
      );
  }

  /** Of another stack it is imported: its rules then belong to our stack, which may hold the database. */
  private asOurs(group: ISecurityGroup): ISecurityGroup {
    if (Stack.of(group) === Stack.of(this)) return group;
    const { securityGroupId, allowAllOutbound } = group;
    return SecurityGroup.fromSecurityGroupId(this, 'Given', securityGroupId, { allowAllOutbound });
  }

  private createGroup(vpc: IVpc, anywhere: readonly IPeer[]): SecurityGroup {
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      allowAllOutbound: false,
      description: 'rds-connection-guard: to the databases and to AWS, nothing in',
    });
    for (const peer of anywhere) group.addEgressRule(peer, Port.tcp(443), 'AWS APIs, by endpoint or NAT');
    return group;
  }
}

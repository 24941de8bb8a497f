// What the package gives to a CDK app.

export type { ActionsProps } from './infra/actions-function.ts';
export type { DatabaseSettings } from './infra/config/database-settings.ts';
export type { DiscoverSettings, ProfileSettings } from './infra/config/discover-settings.ts';
export { defineConfig, parseConfig } from './infra/config/parse-config.ts';
export type { Seconds } from './infra/config/seconds.ts';
export type { ConfigInput } from './infra/config/settings.ts';
export { ConnectionGuard } from './infra/connection-guard.ts';
export type { GuardedDatabase, GuardedDatabaseOptions, GuardLogin } from './infra/database-props.ts';
export type { DiscoverProps } from './infra/discovery.ts';
export type { GuardEndpoint } from './infra/network.ts';
export type { OwnPartsProps } from './infra/own-parts.ts';
export type { ConnectionGuardProps } from './infra/props.ts';
export type { SlackChannel } from './infra/slack-channel.ts';
export { ConnectionGuardStack, type ConnectionGuardStackProps } from './infra/stack.ts';
export { hours, minutes, seconds } from './lambda/config/durations.ts';
export { ConfigurationError, type Mistake } from './lambda/config/validation.ts';

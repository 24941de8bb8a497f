import * as v from 'valibot';
import { printable } from '../shared/printable.ts';

/** What a dashboard asks for when somebody adds the widget by hand: what it takes. */
const describeSchema = v.object({ describe: v.literal(true) });

const widgetSchema = v.looseObject({
  widgetContext: v.looseObject({ dashboardName: v.optional(v.string(), '') }),
});

/** A request of a CloudWatch custom widget, without what the dashboard adds to it. */
export interface WidgetEvent {
  readonly sent: Readonly<Record<string, unknown>>;
  /** Who asks, as far as CloudWatch tells: it names the dashboard, and not who looks at it. */
  readonly caller: string;
}

/** Does the dashboard ask what the widget takes? */
export function isDescribe(event: unknown): boolean {
  return v.is(describeSchema, event);
}

/**
 * Reads what a dashboard sends: the parameters of the widget, or of the button that was pressed, and its own context.
 *
 * @returns null when the event is not a dashboard's.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
 */
export function readWidgetEvent(event: unknown): WidgetEvent | null {
  if (!v.is(widgetSchema, event)) return null;
  const { widgetContext, ...sent } = v.parse(widgetSchema, event);
  return {
    // Before any button is pressed there is no action.
    sent: { action: 'preview', ...sent },
    caller: `somebody at the dashboard ${printable(widgetContext.dashboardName, 60)}`,
  };
}

/** What the dashboard shows to whoever adds the widget by hand. */
export const DESCRIPTION = `### rds-connection-guard: what holds the slots, and what to do about it
Shows what holds the connection slots of a database now, by holder, and which sessions reclaim would end.

#### Parameters
Param | Description
---|---
**database** | its name in the configuration of the guard

\`\`\` yaml
database: orders
\`\`\``;

// How long each part of a message may become, whatever names and error texts come in.

/** A paragraph: an error text of the server may be long, but its first lines say it all. Characters. */
export const MAX_PROSE = 1000;

/** A line of a table; the tables wrap names themselves. Characters. */
export const MAX_FIXED_LINE = 200;

/** A line to paste: the longest holds an ARN (up to 600 characters). A longer one is left out, never cut. */
export const MAX_CODE_LINE = 1000;

/** SNS takes subjects under 100 characters and fails the whole Publish on a longer one. */
export const MAX_SUBJECT = 99;

/** SNS: 256 KiB for message and attributes together; the margin is for the attributes. Bytes. */
export const MAX_MESSAGE = 256 * 1024 - 4096;

// Amazon Q in chat applications documents no lengths for the fields of a custom notification. These are ours: Slack
// cuts a header at 250 characters and folds long messages.

/** `content.title`. Characters. */
export const MAX_CHAT_TITLE = 250;

/** `content.description`. Characters, escapes included. */
export const MAX_CHAT_DESCRIPTION = 8000;

/** `metadata.summary`. Characters. */
export const MAX_CHAT_SUMMARY = 250;

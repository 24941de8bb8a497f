import { isOwnLimit, usableSlots } from '../../model/observation.ts';
import { counted, duration, instant, signed } from '../../shared/format.ts';
import { named, printable } from '../../shared/printable.ts';
import type { Action, Alert } from './alert.ts';
import { answerSentence } from './answer-words.ts';
import { STALE } from './forecast.ts';
import { FAILURE_WORDS, LIMIT_WORDS } from './wording.ts';

// The three lines that count at three in the morning: who and how fast, when it is full, what to do.

/** A name in the lead is cut here: the tables below have it whole. */
const MAX_NAME = 40;

/** Three sentences at most. */
export function leadOf(alert: Alert, steps: readonly Action[], timeZone: string): readonly string[] {
  return [...situation(alert, timeZone), todo(alert, steps)].filter((line) => line !== '');
}

function todo({ notification, causes }: Alert, steps: readonly Action[]): string {
  const index = steps.findIndex(({ opens }) => opens !== true);
  const step = steps[index];
  if (notification.kind === 'recovered') {
    const due = causes[0]?.remedy ?? step?.title;
    return due === undefined ? '' : `Still due: ${due}.`;
  }
  if (step === undefined) return '';
  const where = step.lines.length > 0 ? ` (step ${index + 1})` : '';
  return `Do now: ${lowered(step.title)}${where}.`;
}

function situation(alert: Alert, timeZone: string): readonly string[] {
  const { notification, failure, failures, at, snapshot, limit } = alert;
  const lasted = duration((at - notification.since) / 1000);
  switch (notification.kind) {
    case 'level':
    case 'server-full':
    case 'eased':
    case 'reminder':
      return isOwnLimit(limit) ? [LIMIT_WORDS[limit].long] : [whoHolds(alert), whenFull(alert)];
    case 'recovered':
      return [over(alert)];
    case 'answered':
      return (notification.answers ?? []).map((answer) => answerSentence(answer, timeZone));
    case 'unreachable':
    case 'still-unreachable':
      return [
        `${counted(failures, 'check')} in a row failed, for ${lasted}: ${failure === null ? 'the database cannot be observed' : failure.text.replace(/\.$/, '')}.`,
        `How many slots are left is not known. ${failure === null ? '' : FAILURE_WORDS[failure.class].cause}`.trim(),
      ];
    case 'reachable':
      return [
        `The guard sees the database again: for ${lasted} it did not.`,
        snapshot === null ? '' : `${snapshot.used} of ${usableSlots(snapshot.capacity)} slots are used.`,
      ];
    case 'partial':
      return ["The guard's role may not see the sessions of other roles: no count would be true."];
    case 'cannot-terminate':
      return [
        "Reclaim is set to terminate sessions, and the guard's role lacks the right: it could end none.",
      ];
    case 'reclaim-paused':
      return pausedFor(notification, timeZone);
    case 'reclaim-limit':
      return hourSpent(notification, timeZone);
    case 'over-budget':
    case 'still-over-budget':
    case 'within-budget': {
      const { name, used, sessions } = notification.budget ?? { name: '', used: 0, sessions: 0 };
      return [`${printable(name, MAX_NAME)} holds ${counted(used, 'session')}; its budget is ${sessions}.`];
    }
    case 'budgets-exceed-usable':
      return [
        `The budgets promise ${notification.budget?.used} sessions, and ${notification.budget?.sessions} slots are usable.`,
      ];
  }
}

function pausedFor({ paused = [] }: Alert['notification'], timeZone: string): readonly string[] {
  const [pool, ...others] = paused;
  if (pool === undefined) return [];
  const { role, application, before, since, ended, opened, until } = pool;
  const more = others.length === 0 ? '' : ` The same holds of ${counted(others.length, 'more pool')}.`;
  return [
    `Reclaim ended ${ended} of the ${before} sessions of ${named(application)}, role ${named(role)}; since ${instant(since, timeZone)} that pool has opened ${opened}, faster than before.`,
    `Ending them by age does not help there: that rests until ${instant(until, timeZone)}, unless hardly a slot is left.${more}`,
  ];
}

function hourSpent({ hour }: Alert['notification'], timeZone: string): readonly string[] {
  if (hour === undefined) return [];
  const { ended, most, freeAt } = hour;
  const left = Math.max(0, most - ended);
  return [
    `Reclaim has ended ${ended} sessions in the last hour, and ${left > 0 ? `stops after ${left} more` : 'ends no more'}: reclaim.maxPerHour is ${most}.`,
    `The oldest of them count no more from ${instant(freeAt, timeZone)} on.`,
  ];
}

function whoHolds({ snapshot, holders, changeOver, at }: Alert): string {
  const [top] = holders;
  if (snapshot === null || top === undefined)
    return 'What holds the slots is not known: no check has seen it.';
  const stale = at - snapshot.at > 1000 ? `${duration((at - snapshot.at) / 1000)} ago ` : '';
  const application = top.application === '' ? '' : ` (${printable(top.application, MAX_NAME)})`;
  const client = top.client === null ? 'a local socket' : printable(top.client, MAX_NAME);
  const change =
    top.change === null || changeOver === null ? '' : `, ${signed(top.change)} in ${duration(changeOver)}`;
  const verb = stale === '' ? 'are' : 'were';
  return `${stale}${top.count} of ${snapshot.used} sessions ${verb} ${printable(top.role ?? '(no role)', MAX_NAME)}${application} from ${client}${change}.`;
}

function whenFull({ notification, limit, trend, at, snapshot }: Alert): string {
  if (notification.level === 'full') {
    return limit === null
      ? 'It is full: the guard holds the last slot.'
      : 'It is full: ordinary roles cannot log in.';
  }
  if (trend === null || snapshot === null || at - snapshot.at > STALE) return '';
  const { pace, fullIn } = trend;
  if (pace !== null && pace.fullIn > 0) return `At this pace it is full in ${duration(pace.fullIn)}.`;
  if (fullIn !== null) return `At this pace it is full in about ${duration(fullIn.likely)}.`;
  return 'There is no clear trend towards full.';
}

function over({ notification, at }: Alert): string {
  const { incident } = notification;
  if (incident === null) return 'It is over.';
  const { peak, refused, limit } = incident;
  const refusals =
    refused === 0
      ? 'no login of the guard was refused'
      : `${counted(refused, 'check')} of the guard refused${limit === null ? '' : ` (${LIMIT_WORDS[limit].short})`}`;
  const top = peak === null ? '' : ` Peak ${peak.used} of ${peak.usable} slots;`;
  return `Over after ${duration((at - incident.startedAt) / 1000)}.${top} ${refusals}.`;
}

function lowered(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

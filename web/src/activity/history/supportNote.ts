import { statusLabel } from "../../words/status";
import type { Words } from "../../words/words";
import type { ActivityHistory, HistoryEvent } from "./document";

/** A history in plain text, for a ticket or a mail; instants as the API writes them, so that no zone is left to guess. */
export function supportNote(activity: ActivityHistory, words: Words): string {
    const { columns, history, reasons } = words;
    const { particulars } = history;
    const { reason } = activity;
    const lines: [term: string, value: string | null | undefined][] = [
        [columns.recipient, activity.recipient],
        [particulars.deliveredTo, activity.deliveredTo],
        [columns.sender, activity.sender || words.nullSender],
        [particulars.envelopeSender, activity.envelopeSender || words.nullSender],
        [columns.subject, activity.subject ?? words.noSubject],
        [particulars.sentAt, activity.sentAt],
        [columns.status, `${statusLabel(activity.status, words)} (${activity.statusChangedAt})`],
        [reasons.reason, reason?.explanation],
        [reasons.answer, reason?.message],
        [particulars.messageId, activity.messageId],
        [particulars.queueId, activity.queueId],
        [particulars.id, activity.id],
        [particulars.relay, activity.relay],
    ];
    return [
        ...lines.filter(([, value]) => value).map(([term, value]) => words.line(term, `${value}`)),
        "",
        history.attempts(activity.attemptCount),
        ...activity.events.map((event) => eventLine(event, words)),
    ].join("\n");
}

function eventLine({ occurredAt, status, outOfBand, remoteHost, response }: HistoryEvent, words: Words): string {
    const late = outOfBand ? ` (${words.history.outOfBand})` : "";
    const happened = `${occurredAt} ${statusLabel(status, words)}${late}`;
    const answer = [remoteHost && words.history.answerOf(remoteHost), response].filter(Boolean).join(" ");
    return answer ? `${happened}\n    ${answer}` : happened;
}

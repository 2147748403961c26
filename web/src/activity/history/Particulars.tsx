import { writtenInstant } from "../../words/instant";
import { useSpeech } from "../../words/words";
import { CopyButton } from "./CopyButton";
import type { ActivityHistory } from "./document";

/** What is known of the message besides its fate, with what support asks for ready to be copied. */
export function Particulars({ activity, zone }: { activity: ActivityHistory; zone: string }) {
    const { words, locale } = useSpeech();
    const { particulars } = words.history;
    const { deliveredTo, sender, envelopeSender, messageId, queueId, credential } = activity;
    return (
        <section>
            <h3>{words.history.message}</h3>
            <dl className="particulars">
                <Particular term={particulars.sentAt} value={writtenInstant(activity.sentAt, zone, locale)} />
                <Particular term={words.columns.subject} value={activity.subject ?? words.noSubject} />
                <Particular term={words.columns.sender} value={sender || words.nullSender} />
                {envelopeSender !== sender && (
                    <Particular term={particulars.envelopeSender} value={envelopeSender || words.nullSender} />
                )}
                {deliveredTo && <Particular term={particulars.deliveredTo} value={deliveredTo} />}
                {messageId && <Particular term={particulars.messageId} value={messageId} copied />}
                {queueId && <Particular term={particulars.queueId} value={queueId} copied />}
                <Particular term={particulars.id} value={activity.id} copied />
                <Particular term={particulars.relay} value={activity.relay} />
                {credential && <Particular term={particulars.credential} value={credential} />}
            </dl>
        </section>
    );
}

function Particular({ term, value, copied = false }: { term: string; value: string; copied?: boolean }) {
    const { history } = useSpeech().words;
    return (
        <>
            <dt>{term}</dt>
            <dd>
                {value} {copied && <CopyButton text={value} label={history.copy(term)} />}
            </dd>
        </>
    );
}

import { writtenInstant } from "../../words/instant";
import { useSpeech } from "../../words/words";
import { ServerAnswer } from "../reasons/ServerAnswer";
import { Status } from "../table/Status";
import { CopyButton } from "./CopyButton";
import type { ActivityHistory, SameMessage } from "./document";
import { Events } from "./Events";
import { OtherRecipients } from "./OtherRecipients";
import { Particulars } from "./Particulars";
import { supportNote } from "./supportNote";

interface Props {
    activity: ActivityHistory;
    /** Everybody whom the message was sent to, this recipient included; null where that is not known. */
    sameMessage: SameMessage | null;
    zone: string;
}

/** What became of one recipient's message, and why: the answer first, then how it came about. */
export function History({ activity, sameMessage, zone }: Props) {
    const { words, locale } = useSpeech();
    const { status, statusExplanation, statusChangedAt, reason } = activity;
    return (
        <>
            <p>
                <Status status={status} />{" "}
                <time dateTime={statusChangedAt}>{writtenInstant(statusChangedAt, zone, locale)}</time>
            </p>
            <p>{statusExplanation}</p>
            {reason && (
                <p className="why">
                    <span className="explanation">{reason.explanation}</span>
                    <ServerAnswer reason={reason} />
                </p>
            )}
            <CopyButton text={supportNote(activity, words)} label={words.history.copyNote} />
            <Events events={activity.events} attempts={activity.attemptCount} zone={zone} />
            <Particulars activity={activity} zone={zone} />
            {sameMessage && <OtherRecipients of={activity.id} sameMessage={sameMessage} />}
        </>
    );
}

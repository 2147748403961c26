import type { ActivityRowFragment } from "../../gql/graphql";
import { useSpeech } from "../../words/words";

/** What the server said, as it said it, and who can do something about it. */
export function ServerAnswer({ reason }: { reason: NonNullable<ActivityRowFragment["reason"]> }) {
    const { reasons } = useSpeech().words;
    return (
        <>
            <span className="responsible">{reasons.responsible(reason.responsibility)}</span>
            {reason.message && (
                <span className="answer">
                    {reasons.answer} <q>{reason.message}</q>
                </span>
            )}
        </>
    );
}

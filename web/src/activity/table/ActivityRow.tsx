import { memo } from "react";
import type { ActivityRowFragment } from "../../gql/graphql";
import { writtenInstant } from "../../words/instant";
import { useSpeech } from "../../words/words";
import { Status } from "./Status";

interface Props {
    row: ActivityRowFragment;
    zone: string;
}

/** The cells of one recipient; the row around them is the table's. Scrolling moves it without rendering it anew. */
export const ActivityRow = memo(function ActivityRow({ row, zone }: Props) {
    const { words, locale } = useSpeech();
    return (
        <>
            <span role="cell">
                <time dateTime={row.sentAt}>{writtenInstant(row.sentAt, zone, locale)}</time>
            </span>
            <span role="cell">
                <Status status={row.status} />
            </span>
            <span role="cell">{row.recipient}</span>
            <span role="cell">{row.subject ?? words.noSubject}</span>
            <span role="cell">{row.sender || words.nullSender}</span>
        </>
    );
});

import { memo } from "react";
import type { ActivityRowFragment } from "../../gql/graphql";
import { writtenInstant } from "../../words/instant";
import { useSpeech } from "../../words/words";
import { HistoryLink } from "../history/HistoryLink";
import { Reason } from "../reasons/Reason";
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
                {row.reason && <Reason reason={row.reason} />}
            </span>
            <span role="cell">
                <HistoryLink id={row.id}>{row.recipient}</HistoryLink>
            </span>
            <span role="cell">{row.subject ?? words.noSubject}</span>
            <span role="cell">{row.sender || words.nullSender}</span>
        </>
    );
});

import { useSpeech } from "../../words/words";
import { Status } from "../table/Status";
import type { SameMessage } from "./document";
import { HistoryLink } from "./HistoryLink";

interface Props {
    /** The id of the activity that is read. */
    of: string;
    sameMessage: SameMessage;
}

/** Whom else the message was sent to, and what became of it there. */
export function OtherRecipients({ of, sameMessage: { nodes, pageInfo } }: Props) {
    const { history } = useSpeech().words;
    const others = nodes.filter(({ id }) => id !== of);
    if (others.length === 0) return null;
    return (
        <section>
            <h3>{history.others}</h3>
            <ul className="others">
                {others.map(({ id, recipient, status }) => (
                    <li key={id}>
                        <HistoryLink id={id}>{recipient}</HistoryLink> <Status status={status} />
                    </li>
                ))}
            </ul>
            {pageInfo.hasNextPage && <p>{history.moreOthers(nodes.length)}</p>}
        </section>
    );
}

import type { SmtpActivityStatus } from "../../gql/graphql";
import { statusLabel } from "../../words/status";
import { useSpeech } from "../../words/words";

// A shape besides the colour, for whoever does not tell colours apart.
const ICONS: Record<SmtpActivityStatus, string> = {
    REJECTED: "⊘",
    ACCEPTED: "→",
    PENDING: "…",
    DELIVERED: "✓",
    DEFERRED: "↻",
    SOFT_BOUNCE: "↩",
    HARD_BOUNCE: "✕",
};

export function Status({ status }: { status: SmtpActivityStatus }) {
    const { words } = useSpeech();
    return (
        <span className="status" data-status={status}>
            <span aria-hidden="true">{ICONS[status] ?? "•"}</span> {statusLabel(status, words)}
        </span>
    );
}

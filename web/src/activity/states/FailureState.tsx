import type { Failure } from "../failure";
import { Failed } from "./Failed";
import { NoPlan } from "./NoPlan";
import { NotAllowed } from "./NotAllowed";

export function FailureState({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
    switch (failure.kind) {
        case "notAllowed":
            return <NotAllowed />;
        case "noPlan":
            return <NoPlan />;
        case "failed":
            return <Failed message={failure.message} requestId={failure.requestId} onRetry={onRetry} />;
    }
}

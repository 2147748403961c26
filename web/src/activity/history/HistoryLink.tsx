import type { MouseEvent, ReactNode } from "react";
import { useView } from "../useView";
import { printView } from "../view";

/** Opens an activity's history over this view; as any link, in a tab of its own when the reader asks for one. */
export function HistoryLink({ id, children }: { id: string; children: ReactNode }) {
    const [view, change] = useView();
    const open = (event: MouseEvent) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        change({ opened: id });
    };
    return (
        <a
            className="history-link"
            href={`?${printView({ ...view, opened: id })}`}
            aria-haspopup="dialog"
            onClick={open}
        >
            {children}
        </a>
    );
}

import { useCallback, useSyncExternalStore } from "react";
import { type Fault, parseView, printView, type View } from "./view";

const MOVED = "smtp-activity:moved";

/** The view of the page's address; a change is a step that the browser's Back undoes, and mends the faults. */
export function useView(): [View, (change: Partial<View>) => void, readonly Fault[]] {
    const search = useSyncExternalStore(subscribe, () => location.search);
    const { view, faults } = parseView(new URLSearchParams(search));
    const change = useCallback((changed: Partial<View>) => {
        const { view } = parseView(new URLSearchParams(location.search));
        const next = printView({ ...view, ...changed }).toString();
        const asked = next && `?${next}`;
        if (asked === location.search) return;
        history.pushState(null, "", asked || location.pathname);
        dispatchEvent(new Event(MOVED));
    }, []);
    return [view, change, faults];
}

function subscribe(listener: () => void): () => void {
    addEventListener("popstate", listener);
    addEventListener(MOVED, listener);
    return () => {
        removeEventListener("popstate", listener);
        removeEventListener(MOVED, listener);
    };
}

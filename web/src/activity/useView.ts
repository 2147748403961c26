import { useCallback, useSyncExternalStore } from "react";
import { parseView, printView, type View } from "./view";

const MOVED = "smtp-activity:moved";

/** The view of the page's address; a change is a step that the browser's Back undoes. */
export function useView(): [View, (change: Partial<View>) => void] {
    const search = useSyncExternalStore(subscribe, () => location.search);
    const view = parseView(new URLSearchParams(search));
    const change = useCallback((changed: Partial<View>) => {
        const next = printView({ ...parseView(new URLSearchParams(location.search)), ...changed }).toString();
        history.pushState(null, "", next ? `?${next}` : location.pathname);
        dispatchEvent(new Event(MOVED));
    }, []);
    return [view, change];
}

function subscribe(listener: () => void): () => void {
    addEventListener("popstate", listener);
    addEventListener(MOVED, listener);
    return () => {
        removeEventListener("popstate", listener);
        removeEventListener(MOVED, listener);
    };
}

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { ActivityRowFragment } from "../../gql/graphql";
import { useSpeech } from "../../words/words";
import { ActivityRow } from "./ActivityRow";
import { usePrinting } from "./usePrinting";

interface Props {
    rows: readonly ActivityRowFragment[];
    zone: string;
    hasMore: boolean;
    /** Called when the reader comes near the end; may be called again before the rows are there. */
    onNearEnd: () => void;
}

const ROW_HEIGHT = 44;
const ROWS_AHEAD = 15;

/** The rows that are in sight, of as many as were loaded, and on paper all of these; it scrolls with the page. */
export function ActivityTable({ rows, zone, hasMore, onNearEnd }: Props) {
    const { columns } = useSpeech().words;
    const body = useRef<HTMLDivElement>(null);
    const [top, setTop] = useState(0);
    // After every rendering, without a list of dependencies: what stands above the table may have come or gone.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    useLayoutEffect(() => setTop(body.current?.offsetTop ?? 0));
    const printing = usePrinting();
    const virtualizer = useWindowVirtualizer({
        count: rows.length,
        estimateSize: () => ROW_HEIGHT,
        overscan: printing ? rows.length : 10,
        scrollMargin: top,
        getItemKey: (index) => rows[index]?.id ?? index,
    });
    const items = virtualizer.getVirtualItems();
    const lastIndex = items.at(-1)?.index ?? -1;
    useEffect(() => {
        if (hasMore && lastIndex >= rows.length - ROWS_AHEAD) onNearEnd();
    }, [hasMore, lastIndex, rows.length, onNearEnd]);

    return (
        // A <table> cannot be virtualised and become cards on a narrow screen without losing its meaning.
        <div role="table" className="activities" aria-rowcount={hasMore ? -1 : rows.length + 1}>
            <div role="rowgroup">
                <div role="row" className="row heading" aria-rowindex={1}>
                    {Object.entries(columns).map(([column, label]) => (
                        <span role="columnheader" key={column}>
                            {label}
                        </span>
                    ))}
                </div>
            </div>
            <div role="rowgroup" ref={body} className="rows" style={{ height: virtualizer.getTotalSize() }}>
                {items.map(({ key, index, start }) => {
                    const row = rows[index];
                    return (
                        row && (
                            <div
                                role="row"
                                className="row"
                                key={key}
                                ref={virtualizer.measureElement}
                                data-index={index}
                                aria-rowindex={index + 2}
                                style={{ transform: `translateY(${start - top}px)` }}
                            >
                                <ActivityRow row={row} zone={zone} />
                            </div>
                        )
                    );
                })}
            </div>
        </div>
    );
}

import { useEffect, useState } from "react";
import { useClient } from "urql";
import type { SmtpActivityFilter } from "../gql/graphql";
import { ARRIVALS } from "./documents";

const EVERY_MS = 30_000;

/** One page: beyond it, more are only said to be there. */
export const MOST_COUNTED = 100;

/** How many activities arrived after the newest one that was loaded; MOST_COUNTED + 1 stands for more. */
export function useArrivals(filter: SmtpActivityFilter, newest: string | null, waiting: boolean): number {
    const client = useClient();
    const [arrived, setArrived] = useState({ asked: "", count: 0 });
    const asked = JSON.stringify({ filter, before: newest });

    useEffect(() => {
        if (waiting) return;
        const ask = async () => {
            if (document.visibilityState === "hidden") return;
            const { data } = await client.query(ARRIVALS, JSON.parse(asked));
            const page = data?.smtpActivities;
            // An answer that failed says nothing of arrivals: what was last said stands until the next one.
            if (page) setArrived({ asked, count: page.nodes.length + Number(page.pageInfo.hasPreviousPage) });
        };
        const timer = setInterval(() => void ask(), EVERY_MS);
        return () => clearInterval(timer);
    }, [client, asked, waiting]);

    return arrived.asked === asked && !waiting ? arrived.count : 0;
}

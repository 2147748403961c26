import { useGraphiQL } from "@graphiql/react";
import { refusalsIn } from "./answer";

/** What was refused in the answer above, in a line each. */
export function Refusals() {
    const answer = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.response ?? null);
    return (
        <div className="refusals" role="status">
            {refusalsIn(answer).map(({ code, message }, index) => (
                // An answer's errors never change their order.
                <p key={index}>
                    {code && <strong>{code}</strong>} {message}
                </p>
            ))}
        </div>
    );
}

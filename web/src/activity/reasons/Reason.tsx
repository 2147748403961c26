import { type PointerEvent, useEffect, useId, useRef } from "react";
import type { ActivityRowFragment } from "../../gql/graphql";
import { ServerAnswer } from "./ServerAnswer";
import "./reasons.css";

// The pointer only passing over the rows opens nothing.
const REST = 250;

/**
 * Why, in words; the whole of it on hover, focus or touch (WCAG 1.4.13). The browser's popover closes on Escape and on
 * a touch elsewhere, and is never two at once.
 */
export function Reason({ reason }: { reason: NonNullable<ActivityRowFragment["reason"]> }) {
    const id = useId();
    const whole = useRef<HTMLSpanElement>(null);
    const trigger = useRef<HTMLButtonElement>(null);
    const hint = useRef<HTMLSpanElement>(null);
    const resting = useRef<number>(undefined);
    useEffect(() => () => clearTimeout(resting.current), []);

    const show = () => {
        if (trigger.current) hint.current?.togglePopover({ force: true, source: trigger.current });
    };
    // It stays while the other of the two, pointer and focus, is still here.
    const hideUnless = (stillHere: string) => {
        if (!whole.current?.matches(stillHere)) hint.current?.togglePopover({ force: false });
    };
    const enter = ({ pointerType }: PointerEvent) => {
        if (pointerType !== "touch") resting.current = window.setTimeout(show, REST);
    };
    const leave = () => {
        clearTimeout(resting.current);
        hideUnless(":focus-within");
    };
    return (
        <span className="reason" ref={whole} onPointerEnter={enter} onPointerLeave={leave}>
            <button
                type="button"
                ref={trigger}
                popoverTarget={id}
                popoverTargetAction="show"
                aria-describedby={id}
                onFocus={show}
                onBlur={() => hideUnless(":hover")}
            >
                {reason.explanation}
            </button>
            <span id={id} ref={hint} popover="auto" role="tooltip">
                <span className="explanation">{reason.explanation}</span>
                <ServerAnswer reason={reason} />
            </span>
        </span>
    );
}

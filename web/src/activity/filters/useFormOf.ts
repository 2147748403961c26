import { useEffect, useRef } from "react";
import { printView, type View } from "../view";

/** A form whose fields show the view as their defaults, again after every change of it: Back changes it as well. */
export function useFormOf(view: View) {
    const form = useRef<HTMLFormElement>(null);
    const shown = `${printView({ ...view, opened: "" })}`;
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the fields are read by their defaults
    useEffect(() => form.current?.reset(), [shown]);
    return form;
}

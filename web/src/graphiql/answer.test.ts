import { expect, test } from "vitest";
import { refusalsIn } from "./answer";

test.each([null, "", '{"data": {"viewer": null}}'])("nothing was refused in %j", (answer) => {
    expect(refusalsIn(answer)).toEqual([]);
});

test("each error is told, with its code where there is one", () => {
    const errors = [{ message: "No.", path: ["viewer"], extensions: { code: "FORBIDDEN" } }, { message: "Not sent." }];
    expect(refusalsIn(JSON.stringify({ data: null, errors }))).toEqual([
        { code: "FORBIDDEN", message: "No." },
        { code: null, message: "Not sent." },
    ]);
});

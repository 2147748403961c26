import { expect, test } from "vitest";
import { storageOf } from "../session/storage";
import { keepPreferences, keptPreferences } from "./preferences";

/** The storage of a page to which the browser gives none. */
function emptyStorage() {
    const page = {
        get localStorage(): Storage {
            throw new DOMException("Access is denied for this document.", "SecurityError");
        },
    };
    return storageOf(page as unknown as Window, "localStorage");
}

test.each([
    [["fr-CA", "en"], "FR"],
    [["de", "fr"], "FR"],
    [["en-GB"], "EN"],
    [["de"], "EN"],
    [[], "EN"],
])("a reader of %j is spoken to in %s", (locales, language) => {
    expect(keptPreferences(emptyStorage(), locales)).toEqual({ language, theme: "system" });
});

test("what was chosen is kept, and nothing else", () => {
    const storage = emptyStorage();
    keepPreferences(storage, { theme: "dark" });
    expect(keptPreferences(storage, ["fr"])).toEqual({ language: "FR", theme: "dark" });
    expect(keptPreferences(storage, ["en"])).toEqual({ language: "EN", theme: "dark" });
});

test("what an earlier release kept, and this one does not know, is as if nothing was", () => {
    const storage = emptyStorage();
    storage.setItem("smtp-activity.language", "toString");
    storage.setItem("smtp-activity.theme", "sepia");
    expect(keptPreferences(storage, ["fr"])).toEqual({ language: "FR", theme: "system" });
});

interface Props<Choice extends string> {
    legend: string;
    name: string;
    all: readonly Choice[];
    chosen: readonly Choice[];
    labels: Readonly<Record<Choice, string>>;
}

/** A group of boxes to tick, any number of them. */
export function Choices<Choice extends string>({ legend, name, all, chosen, labels }: Props<Choice>) {
    return (
        <fieldset>
            <legend>{legend}</legend>
            {all.map((choice) => (
                <label key={choice}>
                    <input type="checkbox" name={name} value={choice} defaultChecked={chosen.includes(choice)} />{" "}
                    {labels[choice]}
                </label>
            ))}
        </fieldset>
    );
}

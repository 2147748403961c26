"""Whether fields of one name can be merged into one, with a bound on how many are compared to find out."""

from graphql import OverlappingFieldsCanBeMergedRule, ValidationContext


def bounded_overlap_rule(comparisons: int) -> type[OverlappingFieldsCanBeMergedRule]:
    """graphql-core's rule; beyond so many comparisons it ends the validation with a ValidationAbortedError.

    Each pair of selections that stand side by side counts, so it is quadratic in what a document repeats.
    """

    class BoundedOverlapRule(OverlappingFieldsCanBeMergedRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            # graphql-core counts two for each pair; its own bound is a global of its module.
            self.rule_context.remaining_complexity_budget = 2 * comparisons

    return BoundedOverlapRule

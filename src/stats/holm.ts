/**
 * Adjusts the p-values of several tests so that the chance of even one false
 * finding among them stays at the level that the adjusted values are held
 * against (Holm, "A Simple Sequentially Rejective Multiple Test Procedure",
 * Scandinavian Journal of Statistics 6(2), 1979). The smallest of k is multiplied
 * by k, the next by k - 1, and so on; none becomes smaller than the one before
 * it, none larger than 1. Holds however the tests depend on each other.
 *
 * @param p null = no test was made; it stays null and doesn't count
 * @returns in the given order
 * @throws RangeError for what is no probability
 */
export function holm(p: readonly (number | null)[]): (number | null)[] {
  const tests = p.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  const wrong = tests.find(({ value }) => !(value >= 0 && value <= 1));
  if (wrong !== undefined) throw new RangeError(`a p-value is from 0 to 1, not ${wrong.value}`);
  const adjusted: (number | null)[] = p.map(() => null);
  let before = 0;
  tests
    .sort((a, b) => a.value - b.value)
    .forEach(({ value, index }, rank) => {
      before = Math.max(before, Math.min(1, (tests.length - rank) * value));
      adjusted[index] = before;
    });
  return adjusted;
}

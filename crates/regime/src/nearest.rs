//! "Did you mean": the known word nearest to one that is unknown.
//!
//! What must never enter: the lists of words. They belong to what they describe.

/// How many known words are looked at: a list of codes may be long, and every unknown one asks.
const KNOWN_MAX: usize = 1_000;

/// The known word nearest to a text, if it is near enough to be a slip of the pen.
pub(crate) fn nearest<'w>(text: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let text = text.to_lowercase();
    // A third of the letters may differ: more would suggest words that merely have the same length.
    let most = (text.chars().count() / 3).max(1);
    known
        .into_iter()
        .take(KNOWN_MAX)
        // Words of very different length cannot be near, and a text of a pack may be long.
        .filter(|word| word.len().abs_diff(text.len()) <= 4 * most && word.len() <= 256)
        .map(|word| (distance(&text, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Letters to insert, drop, replace or swap with their neighbour until one text is the other (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut last = None;
    for (row, letter) in left.chars().enumerate() {
        let mut here = vec![row + 1];
        for (column, &other) in right.iter().enumerate() {
            let replaced = above[column] + usize::from(letter != other);
            let mut least = replaced.min(above[column + 1] + 1).min(here[column] + 1);
            if column > 0 && last == Some(other) && letter == right[column - 1] {
                least = least.min(before[column - 1] + 1);
            }
            here.push(least);
        }
        before = std::mem::replace(&mut above, here);
        last = Some(letter);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_slips_of_the_pen() {
        for (left, right, slips) in
            [("", "", 0), ("a", "", 1), ("issuer", "issure", 1), ("basis", "bases", 1), ("hs", "title", 5), ("ca", "abc", 3)]
        {
            assert_eq!(distance(left, right), slips, "{left} {right}");
            assert_eq!(distance(right, left), slips, "{right} {left}");
        }
    }

    #[test]
    fn only_what_is_near_is_suggested() {
        let known = ["read", "recalled", "measured"];
        assert_eq!(nearest("Raed", known), Some("read"));
        assert_eq!(nearest("recaled", known), Some("recalled"));
        assert_eq!(nearest("guessed", known), None);
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
    }
}

//! Bars in a table: how much of a whole a row brings, to an eighth of a character.
//!
//! A bar never stands without its number. What must never enter: a colour.

/// Eighths of a block, thinnest first.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// A bar for a part of the largest one, so many characters wide at most; nothing for what is not positive.
#[must_use]
pub fn bar(part: f64, largest: f64, width: u16) -> String {
    let share = if largest > 0.0 { (part / largest).clamp(0.0, 1.0) } else { 0.0 };
    let eighths = eighths(share * f64::from(width) * 8.0);
    let mut bar = "█".repeat(eighths / 8);
    // What counts for something is seen.
    let rest = if eighths == 0 && share > 0.0 { 1 } else { eighths % 8 };
    bar.extend(rest.checked_sub(1).and_then(|at| EIGHTHS.get(at)));
    bar
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a bar is a few hundred eighths long")]
fn eighths(length: f64) -> usize {
    length.round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_part() {
        for (part, want) in [(4.0, "████"), (2.0, "██"), (1.0, "█"), (0.5, "▌"), (1.125, "█▏"), (0.001, "▏"), (0.0, ""), (-1.0, "")]
        {
            assert_eq!(bar(part, 4.0, 4), want, "{part}");
        }
        assert_eq!(bar(1.0, 0.0, 4), "");
    }
}

//! `.vocab` files: a piece, a tab and its score a line, in the order of ids.

use super::failure::SpmFailure;
use super::model::SpmModel;

/// The `.vocab` of a model.
#[must_use]
pub fn write_vocab(model: &SpmModel) -> String {
    let mut out = String::new();
    for piece in &model.pieces {
        out.push_str(&piece.text);
        out.push('\t');
        out.push_str(&short(piece.score));
        out.push('\n');
    }
    out
}

/// Pieces and scores of a `.vocab`.
pub fn read_vocab(text: &str) -> Result<Vec<(String, f32)>, SpmFailure> {
    let mut entries = Vec::new();
    for (at, line) in text.split_terminator('\n').enumerate() {
        let fault = |what| SpmFailure::Vocab { line: at + 1, what };
        let (piece, score) = line.rsplit_once('\t').ok_or_else(|| fault("has no tab"))?;
        let score: f32 = score.parse().map_err(|_| fault("has no number after its tab"))?;
        if piece.is_empty() {
            return Err(fault("has no piece"));
        }
        entries.push((piece.to_owned(), score));
    }
    if entries.is_empty() {
        return Err(SpmFailure::Vocab { line: 1, what: "is missing" });
    }
    Ok(entries)
}

/// Six significant digits without trailing zeros, as C++ streams print a float.
fn short(score: f32) -> String {
    if score == 0.0 || !score.is_finite() {
        return if score.is_sign_negative() && score == 0.0 { "-0".into() } else { score.to_string() };
    }
    let exact = format!("{:.5e}", f64::from(score));
    let Some((digits, exponent)) = exact.split_once('e') else { return exact };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let trim = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-4..6).contains(&exponent) {
        trim(&format!("{:.*}", (5 - exponent) as usize, f64::from(score)))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trim(digits), exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_have_six_digits() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (-1.0, "-1"),
            (-1.699_459, "-1.69946"),
            (-12.732_493, "-12.7325"),
            (-1496.0, "-1496"),
            (-123_456.0, "-123456"),
            (-1_234_567.0, "-1.23457e+06"),
            (-0.000_012_5, "-1.25e-05"),
            (-0.000_125, "-0.000125"),
            (-999_999.9, "-1e+06"),
        ];
        for (score, text) in cases {
            assert_eq!(short(score), text);
        }
    }

    #[test]
    fn a_line_without_tab_is_named() {
        let fault = read_vocab("a\t1\nb 2\n").unwrap_err();
        assert!(matches!(fault, SpmFailure::Vocab { line: 2, .. }));
        assert_eq!(read_vocab("a\tb\t-1.5\n").unwrap(), vec![("a\tb".to_owned(), -1.5)]);
    }
}

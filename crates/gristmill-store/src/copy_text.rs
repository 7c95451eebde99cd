//! Deltas as the text that Postgres' `COPY … FROM STDIN` reads.

use gristmill_core::utc_text;

use crate::delta::Delta;

/// One line a delta: id, state, guild, channel, reference, author, bot, time, edit time, content, tabs between;
/// `\N` is null.
#[must_use]
pub fn copy_text(deltas: &[Delta]) -> Vec<u8> {
    let mut out = Vec::with_capacity(deltas.len() * 160);
    let mut digits = itoa::Buffer::new();
    for delta in deltas {
        out.extend_from_slice(digits.format(delta.id).as_bytes());
        out.push(b'\t');
        out.extend_from_slice(digits.format(delta.state as u8).as_bytes());
        for id in [delta.guild, delta.channel, delta.reference, delta.author] {
            out.push(b'\t');
            match id {
                Some(id) => out.extend_from_slice(digits.format(id).as_bytes()),
                None => out.extend_from_slice(b"\\N"),
            }
        }
        out.extend_from_slice(match delta.bot {
            Some(true) => b"\tt",
            Some(false) => b"\tf",
            None => b"\t\\N",
        });
        for time in [delta.timestamp, delta.edited] {
            out.push(b'\t');
            match time {
                Some(time) => out.extend_from_slice(utc_text(time).as_bytes()),
                None => out.extend_from_slice(b"\\N"),
            }
        }
        out.push(b'\t');
        match &delta.content {
            Some(text) => escape(&mut out, text.as_bytes()),
            None => out.extend_from_slice(b"\\N"),
        }
        out.push(b'\n');
    }
    out
}

fn escape(out: &mut Vec<u8>, mut text: &[u8]) {
    while let Some(at) = text.iter().position(|b| matches!(b, b'\\' | b'\t' | b'\n' | b'\r')) {
        out.extend_from_slice(&text[..at]);
        out.extend_from_slice(match text[at] {
            b'\\' => b"\\\\",
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            _ => b"\\r",
        });
        text = &text[at + 1..];
    }
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::State;

    #[test]
    fn lines() {
        let mut delta = Delta::new(7, State::Live);
        assert_eq!(
            copy_text(std::slice::from_ref(&delta)),
            b"7\t1\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n"
        );
        delta.guild = Some(1);
        delta.bot = Some(true);
        delta.timestamp = Some(0);
        delta.content = Some("a\tb\\N\r\n".into());
        let want = b"7\t1\t1\t\\N\t\\N\t\\N\tt\t1970-01-01T00:00:00.000+00:00\t\\N\ta\\tb\\\\N\\r\\n\n";
        assert_eq!(copy_text(&[delta]), want);
    }
}

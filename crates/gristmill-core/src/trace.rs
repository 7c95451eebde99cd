//! What happened to rows: counts that always add up, and one record per row that was turned away.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Mergeable counts of one step. `rows_in + made = rows_out + dropped + merged + quarantined` holds at every step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows that reached the step.
    pub rows_in: u64,
    /// Rows the step added: several results for one row, groups, repeats.
    pub made: u64,
    /// Rows that left the step.
    pub rows_out: u64,
    /// Rows turned away, by reason.
    pub dropped: BTreeMap<String, u64>,
    /// Rows that became part of another row.
    pub merged: u64,
    /// Rows that could not be read or made the step fail.
    pub quarantined: u64,
    /// Rows a rule changed, by rule.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub changed: BTreeMap<String, u64>,
}

impl Counts {
    /// Adds the counts of another batch or task.
    pub fn merge(&mut self, other: &Self) {
        self.rows_in += other.rows_in;
        self.made += other.made;
        self.rows_out += other.rows_out;
        self.merged += other.merged;
        self.quarantined += other.quarantined;
        for (reason, n) in &other.dropped {
            *self.dropped.entry(reason.clone()).or_default() += n;
        }
        for (rule, n) in &other.changed {
            *self.changed.entry(rule.clone()).or_default() += n;
        }
    }

    /// Whether every row is accounted for.
    #[must_use]
    pub fn balanced(&self) -> bool {
        let dropped: u64 = self.dropped.values().sum();
        self.rows_in + self.made == self.rows_out + dropped + self.merged + self.quarantined
    }
}

/// What became of a row that did not go on as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RejectKind {
    /// A rule turned it down.
    Dropped,
    /// It became part of the row named in `twin`.
    Merged,
    /// It could not be read, or a step failed on it.
    Quarantined,
    /// A rule rewrote it and it went on; told only where a step is asked to.
    Changed,
}

impl RejectKind {
    /// The word that stands in trace files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Merged => "merged",
            Self::Quarantined => "quarantined",
            Self::Changed => "changed",
        }
    }
}

/// One line of the trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Reject {
    /// Id of the row.
    pub id: String,
    /// What became of it.
    pub kind: RejectKind,
    /// Named reason, `snake_case`; for a quarantined row the failure's code.
    pub reason: String,
    /// Rule that decided, where the step has rules; else empty.
    pub rule: String,
    /// Id of the row that stayed in its place or took it in; else empty.
    pub twin: String,
    /// Byte range of the hit in the text, where there is one.
    pub span: Option<(u32, u32)>,
    /// Short piece of the text, or the message of the failure.
    pub excerpt: String,
    /// For a changed row, what stands in the place of the excerpt now; else empty.
    pub after: String,
}

/// Longest excerpt kept in the trace, in Unicode scalar values.
const EXCERPT_CHARS: usize = 160;

/// The first 160 characters of a text, for the trace.
#[must_use]
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARS) {
        Some((end, _)) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}

/// Counts and rejects of one step over one batch.
///
/// A step calls [`StepTrace::changed`] for its rules and the `drop_row` family of [`crate::Batch`] for rows; the
/// chain fills in `rows_in` and `rows_out`.
#[derive(Clone, Debug, Default)]
pub struct StepTrace {
    /// The running counts.
    pub counts: Counts,
    /// Rows turned away, and changes where the step tells them, in row order.
    pub rejects: Vec<Reject>,
    /// Rejects whose whole row is wanted: their place in `rejects` and the number of the row in its batch.
    pub(crate) wanted: Vec<(usize, usize)>,
}

impl StepTrace {
    /// Records that `rule` changed a row.
    pub fn changed(&mut self, rule: &str) {
        bump(&mut self.counts.changed, rule, 1);
    }

    /// Tells one change with the text before and after it. It is not counted: see [`StepTrace::changed`].
    pub fn tell_change(&mut self, id: &str, rule: &str, span: (u32, u32), before: &str, after: &str) {
        self.rejects.push(Reject {
            id: id.to_owned(),
            kind: RejectKind::Changed,
            reason: rule.to_owned(),
            rule: rule.to_owned(),
            twin: String::new(),
            span: Some(span),
            excerpt: before.to_owned(),
            after: after.to_owned(),
        });
    }

    /// Takes in what another trace of the same step recorded.
    pub fn absorb(&mut self, other: Self) {
        self.counts.merge(&other.counts);
        self.rejects.extend(other.rejects);
    }

    /// Records a row turned away. Rows of a [`crate::Batch`] go through [`crate::Batch::drop_row`] instead.
    pub fn reject(&mut self, reject: Reject) {
        match reject.kind {
            RejectKind::Dropped => bump(&mut self.counts.dropped, &reject.reason, 1),
            RejectKind::Merged => self.counts.merged += 1,
            RejectKind::Quarantined => self.counts.quarantined += 1,
            RejectKind::Changed => {}
        }
        self.rejects.push(reject);
    }
}

fn bump(map: &mut BTreeMap<String, u64>, key: &str, n: u64) {
    if let Some(count) = map.get_mut(key) {
        *count += n;
    } else {
        map.insert(key.to_owned(), n);
    }
}

#[cfg(test)]
mod tests {
    use super::{RejectKind, StepTrace};

    #[test]
    fn a_change_is_told_but_costs_no_row() {
        let mut trace = StepTrace::default();
        trace.counts.rows_in = 1;
        trace.counts.rows_out = 1;
        trace.changed("spaces");
        trace.tell_change("r1", "spaces", (1, 3), "  ", " ");
        assert!(trace.counts.balanced());
        let told = &trace.rejects[0];
        assert_eq!((told.kind, told.kind.word()), (RejectKind::Changed, "changed"));
        assert_eq!((told.excerpt.as_str(), told.after.as_str()), ("  ", " "));
    }
}

//! What is known of one message, and how two such pieces of knowledge join. The join is associative, commutative and
//! idempotent, which is why order and repetition of events do not matter.

/// The standing of a message; a greater one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Only an edit has come; it waits for the message.
    Waiting = 0,
    /// A message.
    Live = 1,
    /// Its author opted out: only its id is kept.
    Erased = 2,
    /// Deleted: only its id is kept.
    Deleted = 3,
}

impl State {
    /// From the number in the table.
    pub(crate) const fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Waiting,
            1 => Self::Live,
            2 => Self::Erased,
            3 => Self::Deleted,
            _ => return None,
        })
    }
}

/// A message as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Its id.
    pub id: i64,
    /// Its standing.
    pub state: State,
    /// Guild; stays when the rest goes.
    pub guild: Option<i64>,
    /// Channel or thread; stays when the rest goes.
    pub channel: Option<i64>,
    /// The message it answers.
    pub reference: Option<i64>,
    /// Who wrote it.
    pub author: Option<i64>,
    /// Whether that is a bot.
    pub bot: Option<bool>,
    /// When it was written, ms since 1970.
    pub timestamp: Option<i64>,
    /// When it was last edited.
    pub edited: Option<i64>,
    /// Its text.
    pub content: Option<Box<str>>,
}

impl Delta {
    /// A message of which nothing is known but its id.
    #[must_use]
    pub const fn new(id: i64, state: State) -> Self {
        Self {
            id,
            state,
            guild: None,
            channel: None,
            reference: None,
            author: None,
            bot: None,
            timestamp: None,
            edited: None,
            content: None,
        }
    }

    /// Joins what else is known of the same message. Facts that never change in Discord but differ here (ids of a
    /// foreign dump) are settled by taking the least; of two texts the later edited one stays, then the greater.
    pub fn join(&mut self, other: Self) {
        self.state = self.state.max(other.state);
        least(&mut self.guild, other.guild);
        least(&mut self.channel, other.channel);
        least(&mut self.reference, other.reference);
        least(&mut self.author, other.author);
        least(&mut self.bot, other.bot);
        least(&mut self.timestamp, other.timestamp);
        if (other.edited, &other.content) > (self.edited, &self.content) {
            self.edited = other.edited;
            self.content = other.content;
        }
        self.settle();
    }

    /// Forgets what must not be known in this state.
    pub fn settle(&mut self) {
        if self.state >= State::Erased {
            *self = Self { guild: self.guild, channel: self.channel, ..Self::new(self.id, self.state) };
        }
    }
}

/// The least of what is known.
pub(crate) fn least<T: Ord>(mine: &mut Option<T>, other: Option<T>) {
    let mine_wins = match (&*mine, &other) {
        (Some(a), Some(b)) => a <= b,
        (_, None) => true,
        (None, Some(_)) => false,
    };
    if !mine_wins {
        *mine = other;
    }
}

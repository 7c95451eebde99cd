//! Words that repeat from row to row, as a list and numbers into it.

use std::collections::BTreeMap;

/// Numbers words by first appearance; 0 stands for none.
#[derive(Default)]
pub struct Words {
    numbers: BTreeMap<String, u32>,
    list: Vec<String>,
}

impl Words {
    /// The number of a word, from 1.
    pub fn number(&mut self, word: &str) -> u32 {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        self.list.push(word.to_owned());
        let number = self.list.len() as u32;
        self.numbers.insert(word.to_owned(), number);
        number
    }

    /// Takes in the words of another list; gives its numbers as they are in this one.
    pub fn renumber(&mut self, other: &Self, numbers: &[u32]) -> Vec<u32> {
        let here: Vec<u32> = other.list.iter().map(|word| self.number(word)).collect();
        numbers.iter().map(|&number| if number == 0 { 0 } else { here[number as usize - 1] }).collect()
    }

    pub fn into_list(self) -> Vec<String> {
        self.list
    }
}

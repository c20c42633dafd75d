//! Progressive extensions ("progressive" in figure 10): the word begins with one vector and gets further ones later, in the
//! paper after 2,000 and after 4,000 steps.
//!
//! All vectors stand in the table from the beginning, and those whose time has not come are left as they are: each begins
//! as the initial word, and its moments are zero until its first step. (In the released code they shrink meanwhile, by weight
//! decay, to 0.67 and 0.45 of their length.) As in the released code the optimiser counts its steps for all of them together, so the first changes of a new vector are not corrected for bias. Of a picture's lists
//! of sentences the first is written with one vector, the second with two, and so on.

use super::Method;

/// A word that grows.
#[derive(Debug)]
pub(super) struct Progressive {
    /// The steps after which there is one vector more, in order.
    pub growth: Vec<u64>,
}

impl Method for Progressive {
    fn vectors(&self, _asked: Option<usize>, _tokens: usize) -> usize {
        1 + self.growth.len()
    }

    fn active(&self, step: u64, vectors: usize) -> usize {
        (1 + self.growth.iter().filter(|at| **at < step).count()).min(vectors)
    }

    fn measured(&self, step: u64) -> usize {
        self.active(step, 1 + self.growth.len()) - 1
    }

    fn rests(&self, step: u64, row: usize, _touched: bool) -> bool {
        let vectors = 1 + self.growth.len();
        (self.active(step, vectors)..vectors).contains(&row)
    }
}

#[cfg(test)]
mod tests {
    use project::{LearnSettings, Method as Name};

    #[test]
    fn it_grows_after_two_and_after_four_thousand_steps() {
        let settings = LearnSettings { method: Name::Progressive, ..LearnSettings::default() };
        let method = crate::methods::of(&settings);
        let all = method.vectors(Some(1), 5);
        assert_eq!(all, 3);
        let steps = [0, 1, 2000, 2001, 4000, 4001, 9000];
        assert_eq!(steps.map(|step| method.active(step, all)), [1, 1, 1, 2, 2, 3, 3]);
        assert_eq!(steps.map(|step| method.measured(step)), [0, 0, 0, 1, 1, 2, 2]);
        // The rows behind the word are another word's.
        assert_eq!([0, 1, 2, 3].map(|row| method.rests(2000, row, true)), [false, true, true, false]);
        assert_eq!([0, 1, 2, 3].map(|row| method.rests(2001, row, false)), [false, false, true, false]);
    }
}

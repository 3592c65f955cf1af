//! Where the pieces of a catalog stand in its file.

/// Lines, from 1, by the names of places: `packs.starter.prices.usd`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines(Vec<(String, usize)>);

impl Lines {
    pub(super) fn note(&mut self, place: &str, line: usize) {
        self.0.push((place.to_owned(), line));
    }

    /// The line of `place`, or of what it is in; none where there is no catalog. Of two places of
    /// one name it is the later one.
    pub fn of(&self, place: &str) -> Option<usize> {
        let found = self.0.iter().rev().find(|(at, _)| at == place).map(|(_, line)| *line);
        if found.is_some() || place.is_empty() {
            return found;
        }
        self.of(place.rsplit_once('.').map_or("", |(parent, _)| parent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_or_else_what_it_is_in() {
        let mut lines = Lines::default();
        assert_eq!(lines.of("packs"), None);
        for (place, line) in [("", 1), ("packs.a", 3), ("packs.a.prices", 5), ("packs.a", 9)] {
            lines.note(place, line);
        }
        let of = |place| lines.of(place).unwrap();
        assert_eq!((of("packs.a.prices.usd"), of("packs.a.label"), of("low_at")), (5, 9, 1));
    }
}

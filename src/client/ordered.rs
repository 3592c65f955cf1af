//! A small ordered map.

use alloc::vec::Vec;

/// A map kept as one sorted list. Its keys come almost in order (ops carry their time, entries their
/// version), so adding is nearly always at the end; and it is a third of a tree's code, which a page
/// has to download.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ordered<K, V>(Vec<(K, V)>);

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + Ord, V> Ordered<K, V> {
    fn find(&self, key: K) -> Result<usize, usize> {
        self.0.binary_search_by_key(&key, |(key, _)| *key)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, key: K) -> bool {
        self.find(key).is_ok()
    }

    pub(super) fn get(&self, key: K) -> Option<&V> {
        self.find(key).ok().map(|at| &self.0[at].1)
    }

    pub(super) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.find(key).ok().map(|at| &mut self.0[at].1)
    }

    /// Adds or replaces.
    pub(super) fn insert(&mut self, key: K, value: V) {
        match self.find(key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        self.find(key).ok().map(|at| self.0.remove(at).1)
    }

    /// Takes out the last one.
    pub(super) fn pop_last(&mut self) -> Option<(K, V)> {
        self.0.pop()
    }

    /// Drops everything before `key`.
    pub(super) fn drop_before(&mut self, key: K) {
        let at = self.find(key).unwrap_or_else(|at| at);
        self.0.drain(..at);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (*key, value))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = K> {
        self.0.iter().map(|(key, _)| *key)
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_behaves_like_a_tree(steps in proptest::collection::vec((0u8..5, 0u8..12), 0..60)) {
            let mut ordered = Ordered::default();
            let mut tree = BTreeMap::new();
            for (step, key) in steps {
                match step {
                    0 | 1 => {
                        ordered.insert(key, step);
                        tree.insert(key, step);
                    }
                    2 => prop_assert_eq!(ordered.remove(key), tree.remove(&key)),
                    3 => prop_assert_eq!(ordered.pop_last(), tree.pop_last()),
                    _ => {
                        ordered.drop_before(key);
                        tree = tree.split_off(&key);
                    }
                }
                prop_assert!(ordered.iter().eq(tree.iter().map(|(key, value)| (*key, value))));
                prop_assert_eq!(ordered.get(key), tree.get(&key));
                prop_assert_eq!(ordered.contains(key), tree.contains_key(&key));
            }
        }
    }
}

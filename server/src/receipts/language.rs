//! How one buyer reads: numbers, money, dates, and texts that a catalog has by locale.

use std::collections::BTreeMap;

use creditpack::Credits;
use creditpack::catalog::{Label, Operation, Plural};
use creditpack::money::Money;
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_decimal::options::DecimalFormatterOptions;
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules, PluralRulesOptions};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::words::{Words, english, words};

/// The language of one receipt.
pub(super) struct Language {
    pub(super) words: &'static Words,
    /// What to look for in texts by locale, best first, in lower case.
    tags: Vec<String>,
    /// None only where the compiled-in data lacks the language, which a test rules out.
    numbers: Option<DecimalFormatter>,
}

impl Language {
    /// The language of a buyer who asked for `locale`; English where we do not speak it.
    pub(super) fn of(locale: Option<&str>) -> Self {
        let asked = locale.unwrap_or_default();
        let (words, tag) = match words(asked) {
            Some(words) => (words, asked),
            None => (english(), "en"),
        };
        let locale = tag.parse().or_else(|_| words.tag.parse()).unwrap_or(Locale::UNKNOWN);
        let numbers =
            DecimalFormatter::try_new(locale.into(), DecimalFormatterOptions::default()).ok();
        Self { words, tags: fallback(asked), numbers }
    }

    /// `number` with its digits grouped as usual.
    pub(super) fn number(&self, number: u64) -> String {
        self.decimal(&Decimal::from(number))
    }

    fn decimal(&self, decimal: &Decimal) -> String {
        match &self.numbers {
            Some(numbers) => numbers.format(decimal).to_string(),
            None => decimal.to_string(),
        }
    }

    /// `price` with all digits of its currency.
    pub(super) fn money(&self, price: Money) -> String {
        let mut amount = Decimal::from(price.amount_minor);
        amount.multiply_pow10(-i16::try_from(price.currency.digits()).unwrap_or_default());
        let pattern = &self.words.money;
        let code = price.currency.as_str();
        let mut sign = self.words.signs.get(code).cloned().unwrap_or_else(|| code.to_uppercase());
        // A letter does not stand at a digit.
        if pattern.contains("{sign}{amount}") && sign.ends_with(char::is_alphabetic) {
            sign.push('\u{a0}');
        }
        pattern.replace("{amount}", &self.decimal(&amount)).replace("{sign}", &sign)
    }

    /// The moment, to the minute, in UTC: where the buyer is, we do not know.
    pub(super) fn moment(&self, at_ms: u64) -> String {
        let moment = i64::try_from(at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let Some(moment) = moment else { return String::new() };
        let moment = moment.to_zoned(TimeZone::UTC);
        let month = usize::from(moment.month().unsigned_abs()) - 1;
        let time = format!("{:02}:{:02}", moment.hour(), moment.minute());
        self.words
            .date
            .replace("{day}", &moment.day().to_string())
            .replace("{month}", &self.words.months[month])
            .replace("{year}", &moment.year().to_string())
            .replace("{time}", &time)
    }

    /// So many credits.
    pub(super) fn credits(&self, credits: Credits) -> String {
        let n = credits.get();
        counted(&self.words.counted_credits, &self.words.tag, n)
            .map_or_else(|| self.number(n), |text| text.replace("{n}", &self.number(n)))
    }

    /// So many times an operation: by the catalog's own words, or else with its name.
    pub(super) fn times(&self, operation: &Operation, n: u64) -> String {
        let number = self.number(n);
        self.fitting(&operation.counted)
            .find_map(|(tag, forms)| counted(forms, tag, n))
            .map_or_else(
                || format!("{number} × {}", self.label(&operation.label)),
                |text| text.replace("{n}", &number),
            )
    }

    /// A text of the catalog.
    pub(super) fn label<'l>(&self, label: &'l Label) -> &'l str {
        match label {
            Label::One(text) => text,
            Label::ByLocale(texts) => {
                self.fitting(texts).next().map_or_else(|| label.plain(), |(_, text)| text.as_str())
            }
        }
    }

    /// Alternatives: "A", "A or B", "A, B, or C". Where text runs from right to left, so do they, and
    /// each stands for itself: one in another script would otherwise lose its number to its
    /// neighbour, and its script would decide where they begin.
    pub(super) fn either(&self, texts: &[String]) -> String {
        if !self.words.right_to_left {
            return self.joined(texts);
        }
        let isolated: Vec<_> = texts.iter().map(|it| format!("\u{2068}{it}\u{2069}")).collect();
        format!("\u{200f}{}", self.joined(&isolated))
    }

    fn joined(&self, texts: &[String]) -> String {
        let either = &self.words.either;
        match texts {
            [] => String::new(),
            [only] => only.clone(),
            [one, other] => format!("{one}{}{other}", either.of_two),
            [before @ .., last] => format!("{}{}{last}", before.join(&either.between), either.last),
        }
    }

    /// What of `by_locale` fits, best first, each with its tag.
    fn fitting<'t, T>(
        &self,
        by_locale: &'t BTreeMap<String, T>,
    ) -> impl Iterator<Item = (&'t str, &'t T)> {
        self.tags.iter().filter_map(|wanted| {
            let mut entries = by_locale.iter();
            let found = entries.find(|(tag, _)| tag.eq_ignore_ascii_case(wanted));
            found.map(|(tag, value)| (tag.as_str(), value))
        })
    }
}

/// `pt-BR` gives `pt-BR`, `pt`, `en`.
fn fallback(locale: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = locale;
    while !rest.is_empty() {
        tags.push(rest.to_owned());
        rest = rest.rsplit_once('-').map_or("", |(shorter, _)| shorter);
    }
    tags.push("en".to_owned());
    tags
}

/// The form of `forms` that `n` takes in the language of `tag`.
fn counted<'f>(forms: &'f BTreeMap<Plural, String>, tag: &str, n: u64) -> Option<&'f String> {
    let category = tag
        .parse::<Locale>()
        .ok()
        .and_then(|locale| PluralRules::try_new(locale.into(), PluralRulesOptions::default()).ok())
        .map_or(PluralCategory::Other, |rules| rules.category_for(n));
    forms.get(&plural(category)).or_else(|| forms.get(&Plural::Other))
}

pub(super) const fn plural(category: PluralCategory) -> Plural {
    match category {
        PluralCategory::Zero => Plural::Zero,
        PluralCategory::One => Plural::One,
        PluralCategory::Two => Plural::Two,
        PluralCategory::Few => Plural::Few,
        PluralCategory::Many => Plural::Many,
        PluralCategory::Other => Plural::Other,
    }
}

#[cfg(test)]
mod tests {
    use creditpack::money::Currency;

    use super::*;

    #[test]
    fn alternatives_keep_their_numbers_from_right_to_left() {
        let texts = ["15 drafts".to_owned(), "3 films".to_owned()];
        let arabic = Language::of(Some("ar")).either(&texts);
        assert_eq!(arabic, "\u{200f}\u{2068}15 drafts\u{2069} أو \u{2068}3 films\u{2069}");
        assert_eq!(Language::of(Some("de")).either(&texts), "15 drafts oder 3 films");
    }

    /// What `Intl.NumberFormat(locale, { style: "currency", currency })` writes, so that a receipt
    /// shows a price as the page did.
    #[test]
    fn money_reads_as_it_does_on_pages() {
        for (locale, dollars, yen, dinars) in [
            ("en", "$1,234.50", "¥1,200", "KWD\u{a0}1.500"),
            ("de", "1.234,50\u{a0}$", "1.200\u{a0}¥", "1,500\u{a0}KWD"),
            ("fr", "1\u{202f}234,50\u{a0}$US", "1\u{202f}200\u{a0}JPY", "1,500\u{a0}KWD"),
            ("es", "1234,50\u{a0}US$", "1200\u{a0}JPY", "1,500\u{a0}KWD"),
            ("pt-BR", "US$\u{a0}1.234,50", "JPY\u{a0}1.200", "KWD\u{a0}1,500"),
            ("pl", "1234,50\u{a0}USD", "1200\u{a0}JPY", "1,500\u{a0}KWD"),
            ("ja", "$1,234.50", "￥1,200", "KWD\u{a0}1.500"),
            ("ar", "\u{200f}1,234.50\u{a0}US$", "\u{200f}1,200\u{a0}JP¥", "\u{200f}1.500\u{a0}KWD"),
            (
                "he",
                "\u{200f}1,234.50\u{a0}\u{200f}$",
                "\u{200f}1,200\u{a0}\u{200f}¥",
                "\u{200f}1.500\u{a0}\u{200f}KWD",
            ),
        ] {
            let language = Language::of(Some(locale));
            let money = |code, amount_minor| {
                let currency = Currency::new(code).unwrap();
                language.money(Money { amount_minor, currency })
            };
            assert_eq!(money("usd", 123_450), dollars, "{locale}");
            assert_eq!(money("jpy", 1200), yen, "{locale}");
            assert_eq!(money("kwd", 1500), dinars, "{locale}");
        }
    }

    #[test]
    fn numbers_follow_the_region_and_words_the_language() {
        let swiss = Language::of(Some("de-CH"));
        assert_eq!((swiss.number(12_345), &*swiss.words.tag), ("12'345".to_owned(), "de"));
        let nowhere = Language::of(Some("sv-SE"));
        assert_eq!((nowhere.number(12_345), &*nowhere.words.tag), ("12,345".to_owned(), "en"));
    }

    #[test]
    fn credits_take_the_plural_of_their_language() {
        for (locale, n, expect) in [
            ("en", 1, "1 credit"),
            ("en", 1500, "1,500 credits"),
            ("pl", 3, "3 kredyty"),
            ("pl", 15, "15 kredytów"),
            ("ar", 2, "رصيدان"),
            ("ar", 15, "15 رصيدًا"),
            ("fr", 1_000_000, "1\u{202f}000\u{202f}000 de crédits"),
            ("ja", 15, "15クレジット"),
        ] {
            assert_eq!(Language::of(Some(locale)).credits(Credits::new(n).unwrap()), expect);
        }
    }

    #[test]
    fn a_moment_is_told_in_utc() {
        for (locale, expect) in [
            ("en", "January 15, 2027, 08:00 UTC"),
            ("de", "15. Januar 2027, 08:00 UTC"),
            ("ja", "2027年1月15日 08:00 UTC"),
        ] {
            assert_eq!(Language::of(Some(locale)).moment(1_800_000_000_000), expect);
        }
        assert_eq!(Language::of(None).moment(u64::MAX), "");
    }

    #[test]
    fn texts_by_locale_fall_back_to_shorter_tags_then_to_english() {
        let texts = [("de", "Paket"), ("en", "Pack")].map(|(tag, text)| (tag.into(), text.into()));
        let label = Label::ByLocale(texts.into());
        let read = |locale| Language::of(locale).label(&label).to_owned();
        assert_eq!(read(Some("de-CH")), "Paket");
        assert_eq!((read(Some("fr")), read(None)), ("Pack".into(), "Pack".into()));
        assert_eq!(read(Some("de_CH")), "Pack", "that is no language tag");
    }

    #[test]
    fn alternatives_are_listed() {
        let english = Language::of(None);
        let list = |n: usize| english.either(&["a", "b", "c"].map(str::to_owned)[..n]);
        assert_eq!([list(0), list(1), list(2), list(3)], ["", "a", "a or b", "a, b, or c"]);
    }
}

//! What a purchase costs with a promotion: each refusal, each rounding, and what always holds.

use std::collections::BTreeMap;

use creditpack::catalog::{Catalog, Pack, Promotion};
use creditpack::credits::{CREDITS_MAX, Credits};
use creditpack::money::{Currency, Money};
use creditpack::pricing::{Asked, Deal, PromotionRefusal, Redemptions, deal};
use creditpack::{Code, Error};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Packs of 5 for $4.00 and 15 for $9.00, with other currencies, and one promotion.
fn shop(promotion: &Value) -> Catalog {
    let prices = json!({ "usd": 400, "jpy": 999, "kwd": 1_230, "isk": 501, "mga": 123_400 });
    let catalog = json!({
        "currency": "usd",
        "packs": [
            { "id": "starter", "label": "Starter", "credits": 5, "prices": prices },
            { "id": "standard", "label": "Standard", "credits": 15, "prices": { "usd": 900 } },
            { "id": "hidden", "label": "Hidden", "credits": 40, "prices": { "usd": 2_000 },
              "active": false },
        ],
        "promotions": [promotion],
    });
    serde_json::from_value(catalog).unwrap()
}

fn asked(pack: &str, quantity: u32, currency: &str, code: &str) -> Asked {
    Asked {
        pack: pack.into(),
        quantity,
        currency: Currency::new(currency).unwrap(),
        promotion: Some(code.into()),
    }
}

/// Somebody's purchase, `now_ms` 50, that nobody has taken the promotion for before.
fn buy(promotion: &Value, asked: &Asked) -> Result<Deal, Error> {
    deal(&shop(promotion), asked, &Redemptions::default(), 50)
}

/// What one starter costs and grants with the promotion, in that currency.
fn check(promotion: &Value, currency: &str, price: u64, credits: u64) {
    let told = format!("{promotion} in {currency}");
    let deal = buy(promotion, &asked("starter", 1, currency, "X")).expect(&told);
    assert_eq!((deal.price.amount_minor, deal.credits.get()), (price, credits), "{told}");
    assert_eq!(deal.promotion.as_deref(), Some("X"), "{told}");
}

#[test]
fn prices_are_rounded_down_to_what_can_be_charged() {
    let percent = |percent: u32| json!({ "code": "X", "percent_off": percent });
    check(&percent(10), "usd", 360, 5);
    check(&percent(33), "usd", 268, 5);
    check(&percent(87), "usd", 52, 5);
    check(&percent(10), "jpy", 899, 5);
    check(&percent(1), "kwd", 1_210, 5);
    check(&percent(10), "isk", 450, 5);
    check(&percent(1), "mga", 122_100, 5);
    let off = json!({ "code": "X", "amount_off": { "usd": 350, "kwd": 7, "mga": 1 } });
    check(&off, "usd", 50, 5);
    check(&off, "kwd", 1_220, 5);
    check(&off, "mga", 123_300, 5);
    check(&json!({ "code": "X", "bonus_credits": 7 }), "usd", 400, 12);
}

#[test]
fn quantities_multiply_the_price_and_not_the_benefit() {
    let with = |promotion: Value, quantity| {
        let deal = buy(&promotion, &asked("starter", quantity, "usd", " x ")).unwrap();
        (deal.list_price.amount_minor, deal.price.amount_minor, deal.credits.get())
    };
    assert_eq!(with(json!({ "code": "X", "amount_off": { "usd": 100 } }), 3), (1_200, 1_100, 15));
    assert_eq!(with(json!({ "code": "X", "bonus_credits": 2 }), 3), (1_200, 1_200, 17));
    assert_eq!(with(json!({ "code": "X", "percent_off": 50 }), 3), (1_200, 600, 15));
}

#[test]
fn without_a_code_the_price_is_the_list_price() {
    let plain = Asked { promotion: None, ..asked("standard", 2, "usd", "") };
    let deal = buy(&json!({ "code": "X", "percent_off": 10 }), &plain).unwrap();
    assert_eq!((deal.list_price, deal.credits.get()), (deal.price, 30));
    assert_eq!((deal.price.amount_minor, deal.promotion), (1_800, None));
}

/// The good promotion with these fields, asked for by its code; `redeemed` is total and by account.
fn refusal(fields: &Value, pack: &str, currency: &str, redeemed: Redemptions) -> Option<Error> {
    let mut promotion = json!({ "code": "X", "percent_off": 10 });
    for (field, value) in fields.as_object().unwrap() {
        promotion[field] = value.clone();
    }
    deal(&shop(&promotion), &asked(pack, 1, currency, "x"), &redeemed, 50).err()
}

#[test]
fn each_refusal_has_its_reason() {
    use PromotionRefusal as Why;
    let taken = Redemptions { total: 9, by_account: 2, has_bought: true };
    let check = |fields: Value, why: Why| {
        let found = refusal(&fields, "starter", "usd", taken);
        assert_eq!(found, Some(why.into()), "{fields}");
    };
    let fine = |fields: Value| assert_eq!(refusal(&fields, "starter", "usd", taken), None);
    check(json!({ "code": "Y" }), Why::Unknown);
    check(json!({ "active": false }), Why::Unknown);
    check(json!({ "percent_off": null }), Why::Unknown);
    check(json!({ "bonus_credits": 1 }), Why::Unknown);
    check(json!({ "starts_at_ms": 51 }), Why::NotStarted);
    fine(json!({ "starts_at_ms": 50 }));
    check(json!({ "ends_at_ms": 50 }), Why::Ended);
    fine(json!({ "ends_at_ms": 51 }));
    check(json!({ "minimum_pack": "standard" }), Why::PackTooSmall);
    check(json!({ "minimum_pack": "gone" }), Why::PackTooSmall);
    fine(json!({ "minimum_pack": "starter" }));
    check(json!({ "percent_off": null, "amount_off": { "jpy": 1 } }), Why::OtherCurrency);
    check(json!({ "first_purchase_only": true }), Why::NotFirstPurchase);
    check(json!({ "redemptions_per_account_max": 2 }), Why::UsedByAccount);
    fine(json!({ "redemptions_per_account_max": 3 }));
    check(json!({ "redemptions_max": 9 }), Why::UsedUp);
    fine(json!({ "redemptions_max": 10 }));
    check(json!({ "percent_off": 88 }), Why::PriceTooLow);
    check(json!({ "percent_off": null, "amount_off": { "usd": 351 } }), Why::PriceTooLow);
    check(json!({ "percent_off": null, "amount_off": { "usd": CREDITS_MAX } }), Why::PriceTooLow);
}

/// Takes the reasons away one by one: of those that are left, the first is told.
#[test]
fn the_first_reason_is_told() {
    let mut fields = json!({
        "starts_at_ms": 51, "ends_at_ms": 50, "minimum_pack": "standard", "percent_off": null,
        "amount_off": { "jpy": 1 }, "first_purchase_only": true,
        "redemptions_per_account_max": 2, "redemptions_max": 9, "active": false,
    });
    let taken = Redemptions { total: 9, by_account: 2, has_bought: true };
    let cures = [
        ("active", json!(true)),
        ("starts_at_ms", json!(50)),
        ("ends_at_ms", json!(60)),
        ("minimum_pack", json!("starter")),
        ("amount_off", json!({ "usd": 399 })),
        ("first_purchase_only", json!(false)),
        ("redemptions_per_account_max", json!(3)),
        ("redemptions_max", json!(10)),
        ("amount_off", json!({ "usd": 1 })),
    ];
    for (why, (field, value)) in PromotionRefusal::ALL.iter().zip(cures) {
        let found = refusal(&fields, "starter", "usd", taken);
        assert_eq!(found, Some((*why).into()), "before {field}");
        fields[field] = value;
    }
    assert_eq!(refusal(&fields, "starter", "usd", taken), None);
}

#[test]
fn what_is_wrong_with_the_purchase_itself_comes_before_its_promotion() {
    let code = |asked: &Asked| {
        let error = buy(&json!({ "code": "X", "bonus_credits": 9 }), asked).unwrap_err();
        (error.code(), error.to_string().split(' ').next().unwrap_or_default().to_owned())
    };
    assert_eq!(code(&asked("none", 1, "usd", "no")).0, Code::UnknownPack);
    assert_eq!(code(&asked("hidden", 1, "usd", "no")).0, Code::UnknownPack);
    let invalid = |field: &str| (Code::InvalidRequest, field.to_owned());
    assert_eq!(code(&asked("standard", 1, "jpy", "no")), invalid("currency"));
    assert_eq!(code(&asked("starter", 0, "usd", "X")), invalid("quantity"));
    assert_eq!(code(&asked("starter", 10_001, "usd", "X")), invalid("quantity"));
}

const CURRENCIES: &[&str] = &["usd", "eur", "jpy", "isk", "ugx", "mga", "kwd", "bhd", "huf", "xaf"];

/// A price from small to the largest there is.
fn amounts() -> impl Strategy<Value = u64> {
    prop_oneof![1u64..2_000, 1u64..1 << 40, CREDITS_MAX - 5_000..=CREDITS_MAX]
}

fn benefits(currency: Currency) -> impl Strategy<Value = Promotion> {
    let promotion = || serde_json::from_value::<Promotion>(json!({ "code": "X" })).unwrap();
    let off = move |amount| Some(BTreeMap::from([(currency, amount)]));
    let bonus = |credits| Credits::new(credits).ok();
    prop_oneof![
        (1u32..100)
            .prop_map(move |percent| Promotion { percent_off: Some(percent), ..promotion() }),
        amounts().prop_map(move |amount| Promotion { amount_off: off(amount), ..promotion() }),
        amounts()
            .prop_map(move |credits| Promotion { bonus_credits: bonus(credits), ..promotion() }),
    ]
}

/// A catalog of one pack and one promotion, and a purchase of it.
fn purchases() -> impl Strategy<Value = (Catalog, Asked)> {
    let currency = prop::sample::select(CURRENCIES).prop_map(|code| Currency::new(code).unwrap());
    let parts = currency.prop_flat_map(|currency| {
        let quantity = prop_oneof![1u32..4, 1u32..=10_000];
        (Just(currency), amounts(), amounts(), quantity, benefits(currency))
    });
    parts.prop_map(|(currency, amount_minor, credits, quantity, promotion)| {
        let pack = Pack::new("p", "Pack", Credits::new(credits).unwrap());
        let catalog = Catalog {
            packs: vec![pack.at(Money { amount_minor, currency })],
            promotions: vec![promotion],
            ..Catalog::new(currency)
        };
        assert_eq!(catalog.problems(), []);
        (catalog, Asked { pack: "p".into(), quantity, currency, promotion: Some("x".into()) })
    })
}

/// The least that the price may be lowered to: whatever was promised, before rounding, times 100.
fn promised_hundredfold(promotion: &Promotion, list: Money) -> u128 {
    let full = u128::from(list.amount_minor);
    let percent = u128::from(promotion.percent_off.unwrap_or(0));
    let amounts = promotion.amount_off.as_ref();
    let off = amounts.map_or(0, |amounts| u128::from(amounts[&list.currency]));
    full * (100 - percent) - (off * 100).min(full * (100 - percent))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_price_is_what_was_promised_and_can_be_charged((catalog, asked) in purchases()) {
        let plain = Asked { promotion: None, ..asked.clone() };
        let none = Redemptions::default();
        let Ok(list) = deal(&catalog, &plain, &none, 0) else { return Ok(()) };
        let promotion = &catalog.promotions[0];
        let exact = promised_hundredfold(promotion, list.price);
        match deal(&catalog, &asked, &none, 0) {
            Ok(deal) => {
                let price = deal.price;
                prop_assert_eq!(deal.list_price, list.price);
                prop_assert!(price.amount_minor >= 1);
                prop_assert!(price.amount_minor <= list.price.amount_minor);
                prop_assert!(u128::from(price.amount_minor) * 100 <= exact, "less than promised");
                let bonus = promotion.bonus_credits.unwrap_or_default();
                prop_assert_eq!(Some(deal.credits), list.credits.plus(bonus));
                prop_assert_eq!(deal.promotion.as_deref(), Some("X"));
                if list.price.provider_amount().is_ok() {
                    prop_assert!(price.provider_amount().is_ok(), "{:?}", price);
                }
                if let (Some(least), None) = (price.currency.minimum_charge(), promotion.bonus_credits) {
                    prop_assert!(price.amount_minor >= least.amount_minor);
                }
                // Nothing between it and the promise could have been charged.
                let promised = u64::try_from(exact / 100).unwrap();
                prop_assert!(promised - price.amount_minor < 100 || promotion.bonus_credits.is_some());
                for amount_minor in price.amount_minor + 1..=promised {
                    let dearer = Money { amount_minor, ..price };
                    prop_assert!(dearer.provider_amount().is_err() || promotion.bonus_credits.is_some());
                }
            }
            Err(Error::Promotion(PromotionRefusal::PriceTooLow)) => {
                let least = asked.currency.minimum_charge().map_or(1, |least| least.amount_minor);
                // The step is 100 minor units at most (`mga`).
                prop_assert!(exact < (u128::from(least) + 100) * 100);
            }
            Err(Error::Invalid { field, .. }) => {
                prop_assert_eq!(field, "quantity");
                prop_assert!(list.credits.plus(promotion.bonus_credits.unwrap()).is_none());
            }
            Err(other) => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn maxima_hold_however_many_try(
        total in prop::option::of(1u64..6), by_account in prop::option::of(1u64..4),
        first_only: bool, buyers in prop::collection::vec(0usize..4, 0..30),
    ) {
        let catalog = shop(&json!({
            "code": "X", "percent_off": 10, "redemptions_max": total,
            "redemptions_per_account_max": by_account, "first_purchase_only": first_only,
        }));
        let mut taken = [0u64; 4];
        for buyer in buyers {
            let redeemed = Redemptions {
                total: taken.iter().sum(),
                by_account: taken[buyer],
                has_bought: taken[buyer] > 0,
            };
            if deal(&catalog, &asked("starter", 1, "usd", "x"), &redeemed, 0).is_ok() {
                taken[buyer] += 1;
            }
        }
        prop_assert!(taken.iter().sum::<u64>() <= total.unwrap_or(u64::MAX));
        prop_assert!(taken.iter().all(|count| *count <= by_account.unwrap_or(u64::MAX)));
        prop_assert!(!first_only || taken.iter().all(|count| *count <= 1));
    }

    /// A purchase names one code: another promotion beside it changes nothing.
    #[test]
    fn one_purchase_takes_one_promotion(
        (catalog, asked) in purchases(),
        other in benefits(Currency::new("usd").unwrap()),
    ) {
        let none = Redemptions::default();
        let alone = deal(&catalog, &asked, &none, 0);
        let mut both = catalog;
        both.promotions.insert(0, Promotion { code: "Y".into(), ..other });
        prop_assert_eq!(deal(&both, &asked, &none, 0), alone);
    }
}

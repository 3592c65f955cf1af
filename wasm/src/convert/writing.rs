//! Values of the rules as plain JavaScript ones: structs as objects, lists as arrays, words as
//! strings, numbers as whole ones that JavaScript counts exactly. What is absent is `undefined`.
//!
//! A serde format of our own, because what views, quotes and bodies are made of is all it knows.

use std::cell::RefCell;
use std::fmt::{self, Display};

use js_sys::{Array, Reflect};
use serde::Serialize;
use serde::ser::{
    Error, Impossible, SerializeSeq, SerializeStruct, SerializeTuple, Serializer, StdError,
};
use wasm_bindgen::JsValue;

use super::reading::WHOLE_MAX;

/// A value of a kind that no rule has, or a number beyond what JavaScript counts.
#[derive(Debug)]
pub(crate) struct Unwritable;

impl Display for Unwritable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl StdError for Unwritable {}

impl Error for Unwritable {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

type Written = Result<JsValue, Unwritable>;

/// Makes JavaScript values.
pub(crate) struct Writer;

/// An object on its way.
pub(crate) struct Fields(JsValue);

/// An array on its way.
pub(crate) struct Items(Array);

fn number(number: f64) -> Written {
    if number.abs() <= WHOLE_MAX { Ok(number.into()) } else { Err(Unwritable) }
}

thread_local! {
    /// The names of fields, as JavaScript strings: made once, used for every view.
    static NAMES: RefCell<Vec<(&'static str, JsValue)>> = const { RefCell::new(Vec::new()) };
}

fn name(text: &'static str) -> JsValue {
    NAMES.with_borrow_mut(|names| {
        // By address: the same name elsewhere may be there twice, which does no harm.
        let known = names.iter().find(|(known, _)| std::ptr::eq(*known, text));
        if let Some((_, name)) = known {
            return name.clone();
        }
        let name = JsValue::from_str(text);
        names.push((text, name.clone()));
        name
    })
}

impl SerializeStruct for Fields {
    type Ok = JsValue;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        field: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        let value = value.serialize(Writer)?;
        Reflect::set(&self.0, &name(field), &value).map(drop).map_err(|_| Unwritable)
    }

    fn end(self) -> Written {
        Ok(self.0)
    }
}

impl SerializeSeq for Items {
    type Ok = JsValue;
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.0.push(&value.serialize(Writer)?);
        Ok(())
    }

    fn end(self) -> Written {
        Ok(self.0.into())
    }
}

impl SerializeTuple for Items {
    type Ok = JsValue;
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Written {
        SerializeSeq::end(self)
    }
}

/// Numbers all go the same way.
macro_rules! numbers {
    ($($method:ident: $type:ty;)*) => {$(
        #[expect(clippy::allow_attributes, reason = "not every one of these types loses anything")]
        #[allow(clippy::cast_precision_loss, clippy::cast_lossless, reason = "checked next")]
        fn $method(self, value: $type) -> Written {
            number(value as f64)
        }
    )*};
}

/// Kinds that no view, quote or body has.
macro_rules! unwritable {
    ($($method:ident($($argument:ty),*) -> $written:ty;)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<$written, Unwritable> {
            Err(Unwritable)
        }
    )*};
}

type Never = Impossible<JsValue, Unwritable>;

impl Serializer for Writer {
    type Ok = JsValue;
    type Error = Unwritable;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Never;

    numbers! {
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
    }

    unwritable! {
        serialize_f32(f32) -> JsValue;
        serialize_f64(f64) -> JsValue;
        serialize_char(char) -> JsValue;
        serialize_bytes(&[u8]) -> JsValue;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }

    fn serialize_bool(self, value: bool) -> Written {
        Ok(value.into())
    }

    fn serialize_str(self, text: &str) -> Written {
        Ok(JsValue::from_str(text))
    }

    fn serialize_none(self) -> Written {
        Ok(JsValue::UNDEFINED)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        Ok(JsValue::UNDEFINED)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        Ok(JsValue::UNDEFINED)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, word: &'static str) -> Written {
        Ok(name(word))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Written {
        Err(Unwritable)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, Unwritable> {
        Ok(Items(Array::new()))
    }

    fn serialize_tuple(self, _: usize) -> Result<Items, Unwritable> {
        Ok(Items(Array::new()))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields, Unwritable> {
        Ok(Fields(js_sys::Object::new().into()))
    }
}

//! Values of the rules as plain JavaScript ones: objects and lists are made here, and what they
//! hold is converted by serde-wasm-bindgen, which checks that numbers are exact.
//!
//! Its own objects would bring a table of the names of fields, and an error after each of them.

use core::cell::RefCell;
use core::fmt::{self, Display};
use core::ptr;

use js_sys::{Array, Object};
use serde::ser::{Error, Impossible, Serialize, SerializeSeq, SerializeStruct, Serializer};
use serde_wasm_bindgen::Serializer as Scalars;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// An object with any fields.
    #[wasm_bindgen(extends = Object)]
    type Plain;

    #[wasm_bindgen(method, indexing_setter)]
    fn set(this: &Plain, field: JsValue, value: JsValue);
}

thread_local! {
    /// Names of fields and words, as JavaScript has them: carrying a text over takes longer than
    /// finding it here.
    static NAMES: RefCell<Vec<(&'static str, JsValue)>> = const { RefCell::new(Vec::new()) };
}

#[inline(never)]
fn named(name: &'static str) -> JsValue {
    NAMES.with_borrow_mut(|names| {
        loop {
            if let Some((_, value)) = names.iter().find(|(known, _)| ptr::eq(*known, name)) {
                return value.clone();
            }
            names.push((name, name.into()));
        }
    })
}

/// A value of the rules' as a plain JavaScript object. Fields without a value are `undefined`.
pub(crate) fn write(value: &impl Serialize) -> JsValue {
    let Ok(value) = value.serialize(Writer);
    value
}

/// Apart, so that the module has it once for each type.
#[inline(never)]
fn scalar(value: impl Serialize) -> JsValue {
    value.serialize(&Scalars::new()).unwrap_or(JsValue::UNDEFINED)
}

/// Views, quotes, outcomes and bodies hold texts, integers below 2^53, and lists and structs of
/// them: they all convert.
#[derive(Debug)]
enum Never {}

impl Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl core::error::Error for Never {}

impl Error for Never {
    fn custom<T: Display>(_: T) -> Self {
        unreachable!("every value converts")
    }
}

struct Writer;

macro_rules! scalars {
    ($($write:ident: $type:ty;)*) => {$(
        fn $write(self, value: $type) -> Result<JsValue, Never> {
            Ok(scalar(value))
        }
    )*};
}

/// What nothing that is written looks like.
macro_rules! unused {
    ($($write:ident($($type:ty),*) -> $to:ty;)*) => {$(
        fn $write(self, $(_: $type),*) -> Result<$to, Never> {
            unreachable!(stringify!($write))
        }
    )*};
}

impl Serializer for Writer {
    type Ok = JsValue;
    type Error = Never;
    type SerializeSeq = List;
    type SerializeStruct = Fields;
    type SerializeTuple = Impossible<JsValue, Never>;
    type SerializeTupleStruct = Impossible<JsValue, Never>;
    type SerializeTupleVariant = Impossible<JsValue, Never>;
    type SerializeMap = Impossible<JsValue, Never>;
    type SerializeStructVariant = Impossible<JsValue, Never>;

    scalars! {
        serialize_bool: bool;
        serialize_u32: u32;
        serialize_i64: i64;
        serialize_u64: u64;
        serialize_str: &str;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<JsValue, Never> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<JsValue, Never> {
        Ok(JsValue::UNDEFINED)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        word: &'static str,
    ) -> Result<JsValue, Never> {
        Ok(named(word))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<JsValue, Never> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List, Never> {
        Ok(List(Array::new()))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields, Never> {
        Ok(Fields(Object::new().unchecked_into()))
    }

    unused! {
        serialize_i8(i8) -> JsValue;
        serialize_i16(i16) -> JsValue;
        serialize_i32(i32) -> JsValue;
        serialize_u8(u8) -> JsValue;
        serialize_u16(u16) -> JsValue;
        serialize_f32(f32) -> JsValue;
        serialize_f64(f64) -> JsValue;
        serialize_char(char) -> JsValue;
        serialize_bytes(&[u8]) -> JsValue;
        serialize_unit() -> JsValue;
        serialize_unit_struct(&'static str) -> JsValue;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize)
            -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct_variant(&'static str, u32, &'static str, usize)
            -> Self::SerializeStructVariant;
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<JsValue, Never> {
        unreachable!("serialize_newtype_variant")
    }
}

struct List(Array);

impl SerializeSeq for List {
    type Ok = JsValue;
    type Error = Never;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        self.0.push(&write(&value));
        Ok(())
    }

    fn end(self) -> Result<JsValue, Never> {
        Ok(self.0.into())
    }
}

struct Fields(Plain);

impl SerializeStruct for Fields {
    type Ok = JsValue;
    type Error = Never;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        field: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        self.0.set(named(field), write(&value));
        Ok(())
    }

    fn end(self) -> Result<JsValue, Never> {
        Ok(self.0.into())
    }
}

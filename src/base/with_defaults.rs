//! Settings with the usual value beside each field, written once: the struct, and its `Default`.
//!
//! Only for structs without parameters; one whose every field is empty at first derives `Default` by itself.

/// Declares a struct, with everything that may stand before it and its fields, and implements `Default` by what stands
/// behind each field.
#[macro_export]
macro_rules! with_defaults {
    ($(#[$meta:meta])* $vis:vis struct $Type:ident {
        $($(#[$of:meta])* $seen:vis $field:ident: $Field:ty = $usual:expr,)+
    }) => {
        $(#[$meta])*
        $vis struct $Type {
            $($(#[$of])* $seen $field: $Field,)+
        }

        impl Default for $Type {
            fn default() -> Self {
                Self { $($field: $usual,)+ }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_field_is_what_stands_behind_it() {
        with_defaults! {
            /// A struct.
            #[derive(Debug, PartialEq)]
            struct Settings {
                /// A field.
                steps: usize = 20 + 5,
                name: String = "a cat".into(),
            }
        }
        assert_eq!(Settings::default(), Settings { steps: 25, name: "a cat".into() });
    }
}

//! Each misuse is one clear error.

#[test]
fn misuse_is_one_clear_error() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

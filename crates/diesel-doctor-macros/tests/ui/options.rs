use diesel_doctor_macros::diagnose;

#[diagnose(names = "page")]
fn unknown() {}

#[diagnose("page")]
fn without_a_name() {}

#[diagnose(name)]
fn without_a_value() {}

#[diagnose(name = "")]
fn empty_name() {}

#[diagnose(name = 5)]
fn number_for_a_name() {}

#[diagnose(name = "page", name = "book")]
fn twice() {}

#[diagnose(max_queries = "10")]
fn text_for_a_number() {}

#[diagnose(max_queries = -1)]
fn below_zero() {}

#[diagnose(name = "page" max_queries = 1)]
fn without_a_comma() {}

#[diagnose(crate = 5)]
fn no_path() {}

fn main() {
    unknown();
    without_a_name();
    without_a_value();
    empty_name();
    number_for_a_name();
    twice();
    text_for_a_number();
    below_zero();
    without_a_comma();
    no_path();
}

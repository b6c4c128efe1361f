//! The scenarios that are the same on every backend. The file that includes this one says which connection they run on.

mod duplicates;
mod keys;
mod loops;
mod migrations;
mod steps;
mod time;
mod trust;
mod writes;

//! What a captured stack costs, and what telling its lines costs.

fn main() {}

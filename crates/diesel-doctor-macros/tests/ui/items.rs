use diesel_doctor_macros::diagnose;

#[diagnose]
struct Page;

#[diagnose]
mod pages {}

#[diagnose]
trait Pages {
    fn page(&self);
}

trait Books {
    #[diagnose]
    fn books(&self);
}

#[diagnose]
const fn limit() -> u32 {
    10
}

#[diagnose]
impl Page {
    const LIMIT: u32 = 10;
}

#[diagnose]
impl Page {
    #[diagnose(max_queries = "10")]
    fn in_a_method() {}
}

fn main() {
    limit();
    Page::in_a_method();
}

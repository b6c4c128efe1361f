use diesel_doctor_macros::diagnose;

struct Page;

#[diagnose(skip)]
fn on_a_function() {}

#[diagnose(skip)]
impl Page {
    fn of_a_skipped_block(&self) {}
}

#[diagnose]
impl Page {
    #[diagnose(skip, name = "page")]
    fn with_another_option(&self) {}
}

#[diagnose]
impl Page {
    #[diagnose(skip)]
    fn everything(&self) {}
}

fn main() {
    on_a_function();
    Page.of_a_skipped_block();
    Page.everything();
}

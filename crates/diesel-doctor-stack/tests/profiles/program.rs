//! What a user's code is to the profiles test: a caller with an inlined function between it and the callback.

#[inline(always)]
fn inlined(callback: extern "C" fn()) {
    callback();
    std::hint::black_box(());
}

mod module {
    pub struct Caller<T>(pub T);

    impl<T> Caller<T> {
        #[inline(never)]
        pub fn call(&self, callback: extern "C" fn()) {
            super::inlined(callback);
            std::hint::black_box(());
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn run(callback: extern "C" fn()) {
    module::Caller("text").call(callback);
    std::hint::black_box(());
}

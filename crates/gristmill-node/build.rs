//! Lets the linker leave N-API symbols open: Node provides them at load. Tells the code under which cargo profile it
//! is compiled, so that a benchmark record or a bug report can say it.
use std::path::Path;

fn main() {
    napi_build::setup();
    // OUT_DIR is `<target>/<profile>/build/<package>/out`; cargo tells the profile's name nowhere else.
    let out = std::env::var("OUT_DIR").unwrap_or_default();
    let profile = Path::new(&out).ancestors().nth(3).and_then(Path::file_name);
    println!("cargo:rustc-env=GRISTMILL_PROFILE={}", profile.unwrap_or_default().to_string_lossy());
}

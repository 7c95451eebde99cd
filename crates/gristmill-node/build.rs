//! Lets the linker leave N-API symbols open: Node provides them at load.
fn main() {
    napi_build::setup();
}

//! The browser module: cargo, wasm-bindgen, wasm-opt, the size gate, and into the npm package.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{cargo, program, quietly};
use crate::npm;
use crate::stamp::Stamp;
use crate::steps::{Done, Steps};
use crate::{panics, setup, tree};

/// The triple that browsers run.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Where the npm package finds the module, its glue and its types.
const GENERATED: &str = "pkg/src/generated";

/// What the module may weigh, compressed with brotli at quality 11.
const BROTLI_BYTES_MAX: usize = 45 * 1024;

/// More inlining than size alone asks of LLVM: what is inlined once disappears, and what is
/// inlined twice compresses well.
const RUSTFLAGS: &str =
    "target.wasm32-unknown-unknown.rustflags=['-Cllvm-args=-inline-threshold=40']";

/// No feature flags: wasm-opt reads what the module declares, and `--all-features` writes modules
/// that engines refuse. No `--traps-never-happen`: the traps are the checks.
const WASM_OPT: &[&str] = &[
    "-Os",
    "--converge",
    "--one-caller-inline-max-function-size=100",
    // The linker puts the stack's far end there, not data.
    "--low-memory-unused",
    "--strip-target-features",
    "--strip-producers",
];

const PROBE: &str = include_str!("wasm_probe.mjs");

/// `cargo xtask wasm`: the module alone, for work on the npm package.
///
/// # Errors
///
/// As [`build`], or if a tool is missing.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::new();
    setup::prepare(&mut steps)?;
    build(&mut steps)
}

/// Brings `pkg/src/generated` up to date with the rules and the bindings.
///
/// # Errors
///
/// If a tool fails, no engine would take the module, or it is over the ceiling.
pub(crate) fn build(steps: &mut Steps) -> Result<()> {
    let next = "read the output above; over the ceiling, link less (see wasm/Cargo.toml)";
    steps.step("wasm module", next, || {
        let stamp = Stamp::new(
            "wasm",
            &[
                "Cargo.toml",
                "Cargo.lock",
                "src",
                "wasm",
                "xtask/src/wasm.rs",
                "xtask/src/panics.rs",
                "package-lock.json",
            ],
            &[GENERATED],
        );
        if let Some(note) = stamp.fresh()? {
            return Ok(Done::Fresh(note));
        }
        let note = build_now()?;
        stamp.set(&note)?;
        Ok(Done::Noted(note))
    })
}

/// The module after all steps, as shipped.
pub(crate) fn module() -> std::path::PathBuf {
    tree::at(GENERATED).join("creditpack_bg.wasm")
}

fn build_now() -> Result<String> {
    quietly(&mut cargo([
        "build",
        "--package=creditpack-wasm",
        "--target",
        TARGET,
        "--profile=wasm",
        "--locked",
        "--config",
        RUSTFLAGS,
    ]))?;
    let work = tree::target("xtask/wasm");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work)?;
    bind(&tree::target(TARGET).join("wasm/creditpack_wasm.wasm"), &work)?;
    panics::cut(&work.join("creditpack_bg.wasm"))?;
    shrink(&work.join("creditpack_bg.wasm"))?;
    let sizes = probe(&work.join("creditpack_bg.wasm"))?;
    let note = sizes.gate()?;
    inline(&work)?;
    publish(&work)?;
    Ok(note)
}

/// Writes glue, types and the bound module to `out`.
///
/// # Errors
///
/// If wasm-bindgen refuses the module.
pub(crate) fn bind(module: &Path, out: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(module)
        .web(true)?
        // The package's entry says where the module is; a default URL would make every
        // bundler ship a second copy.
        .omit_default_module_path(true)
        .typescript(true)
        .out_name("creditpack")
        .generate(out)
        .context("wasm-bindgen refused the module")
}

/// Shrinks the module in place.
fn shrink(module: &Path) -> Result<()> {
    let small = module.with_extension("small");
    let mut wasm_opt = npm::binary("wasm-opt");
    wasm_opt.args(WASM_OPT).arg(module).arg("-o").arg(&small);
    quietly(&mut wasm_opt)?;
    fs::rename(small, module)?;
    Ok(())
}

/// What the module weighs, in bytes.
struct Sizes {
    raw: usize,
    brotli: usize,
    gzip: usize,
}

impl Sizes {
    /// The sizes to print.
    ///
    /// # Errors
    ///
    /// If the module compresses to more than [`BROTLI_BYTES_MAX`]; exactly that is allowed.
    fn gate(&self) -> Result<String> {
        let Self { raw, brotli, gzip } = *self;
        ensure!(
            brotli <= BROTLI_BYTES_MAX,
            "the module weighs {brotli} bytes in brotli, {} over its ceiling of {BROTLI_BYTES_MAX}",
            brotli - BROTLI_BYTES_MAX
        );
        Ok(format!(
            "{} brotli of {} allowed, {} gzip, {} raw",
            kib(brotli),
            kib(BROTLI_BYTES_MAX),
            kib(gzip),
            kib(raw)
        ))
    }
}

/// Bytes as KiB, tenths rounded up so that no size looks smaller than it is.
fn kib(bytes: usize) -> String {
    let tenths = (bytes * 10).div_ceil(1024);
    format!("{}.{} KB", tenths / 10, tenths % 10)
}

/// Compiles the module with the engine at hand and measures it.
fn probe(module: &Path) -> Result<Sizes> {
    let mut node = program("node", ["--input-type=module", "--eval", PROBE, "--"]);
    let printed = quietly(node.arg(module)).context("Node refused the module")?;
    let sizes: Vec<usize> = printed.split_whitespace().map_while(|n| n.parse().ok()).collect();
    let [raw, brotli, gzip] = sizes[..] else {
        bail!("the probe of the module printed no sizes:\n{printed}")
    };
    Ok(Sizes { raw, brotli, gzip })
}

/// Writes the module once more as text, for pages that cannot fetch it.
fn inline(folder: &Path) -> Result<()> {
    let text = BASE64.encode(fs::read(folder.join("creditpack_bg.wasm"))?);
    fs::write(folder.join("creditpack_inline.js"), format!("export const base64 = \"{text}\";\n"))?;
    fs::write(folder.join("creditpack_inline.d.ts"), "export const base64: string;\n")?;
    Ok(())
}

/// Replaces the package's generated folder as a whole, so that nothing stale stays behind.
fn publish(work: &Path) -> Result<()> {
    let generated = tree::at(GENERATED);
    let _ = fs::remove_dir_all(&generated);
    fs::create_dir_all(&generated)?;
    for entry in fs::read_dir(work)? {
        let entry = entry?;
        ensure!(entry.file_type()?.is_file(), "wasm-bindgen wrote snippets; bindings need none");
        fs::copy(entry.path(), generated.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighing(brotli: usize) -> Sizes {
        Sizes { raw: 150_000, brotli, gzip: 62_000 }
    }

    #[test]
    fn the_ceiling_itself_passes_and_one_byte_more_does_not() {
        let note = weighing(46_080).gate().expect("at the ceiling");
        assert_eq!(note, "45.0 KB brotli of 45.0 KB allowed, 60.6 KB gzip, 146.5 KB raw");
        let told = weighing(46_081).gate().expect_err("over it").to_string();
        assert_eq!(told, "the module weighs 46081 bytes in brotli, 1 over its ceiling of 46080");
    }

    #[test]
    fn sizes_round_up() {
        assert_eq!(kib(0), "0.0 KB");
        assert_eq!(kib(1), "0.1 KB");
        assert_eq!(kib(1024), "1.0 KB");
        assert_eq!(kib(1025), "1.1 KB");
    }
}

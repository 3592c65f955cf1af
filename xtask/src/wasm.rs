//! The browser modules: cargo, wasm-bindgen, wasm-opt, the size gate, and into the npm package.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{cargo, program, quietly};
use crate::npm;
use crate::stamp::Stamp;
use crate::steps::{Done, Steps};
use crate::{names, panics, setup, tree};

/// The triple that browsers run.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Where the npm package finds the modules, their glue and their types.
const GENERATED: &str = "pkg/src/generated";

/// What the module of buyers may weigh, compressed with brotli at quality 11.
const BROTLI_BYTES_MAX: usize = 45 * 1024;

/// More inlining than size alone asks of LLVM: what is inlined once disappears, and what is
/// inlined twice compresses well.
pub(crate) const RUSTFLAGS: &str =
    "target.wasm32-unknown-unknown.rustflags=['-Cllvm-args=-inline-threshold=45']";

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

/// What the module for sellers may weigh: few load it, and none of them in a buyer's page.
const WORKBENCH_BROTLI_BYTES_MAX: usize = 128 * 1024;

/// A module that is built here.
struct Module {
    package: &'static str,
    /// What its files are called: `<name>_bg.wasm`, `<name>.js` and so on.
    name: &'static str,
    brotli_bytes_max: usize,
}

const CREDITPACK: Module =
    Module { package: "creditpack-wasm", name: "creditpack", brotli_bytes_max: BROTLI_BYTES_MAX };

const WORKBENCH: Module = Module {
    package: "creditpack-workbench",
    name: "workbench",
    brotli_bytes_max: WORKBENCH_BROTLI_BYTES_MAX,
};

/// Every package that is a browser module.
pub(crate) const PACKAGES: [&str; 2] = [CREDITPACK.package, WORKBENCH.package];

const PROBE: &str = include_str!("wasm_probe.mjs");

/// `cargo xtask wasm`: the modules alone, for work on the npm package.
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
/// If a tool fails, no engine would take a module, or one is over its ceiling.
pub(crate) fn build(steps: &mut Steps) -> Result<()> {
    let next = "read the output above; over the ceiling, link less (see wasm/Cargo.toml)";
    steps.step("wasm modules", next, || {
        let stamp = Stamp::new(
            "wasm",
            &[
                "Cargo.toml",
                "Cargo.lock",
                "src",
                "wasm",
                "workbench",
                "xtask/src/wasm.rs",
                "xtask/src/names.rs",
                "xtask/src/panics.rs",
                "xtask/src/places.rs",
                "xtask/src/stories.rs",
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

/// The module of buyers after all steps, as shipped.
pub(crate) fn module() -> PathBuf {
    CREDITPACK.bound(&tree::at(GENERATED))
}

fn build_now() -> Result<String> {
    let work = tree::target("xtask/wasm");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work)?;
    let notes = [CREDITPACK.make(&work)?, WORKBENCH.make(&work)?];
    publish(&work)?;
    Ok(notes.join("; "))
}

impl Module {
    /// Makes all of its files in `out`; its sizes to print.
    ///
    /// Each is built by itself: cargo unites what packages built together want of a dependency, so
    /// that the features of one would weigh on the other.
    fn make(&self, out: &Path) -> Result<String> {
        let package = format!("--package={}", self.package);
        let how = ["--target", TARGET, "--profile=wasm", "--locked", "--config", RUSTFLAGS];
        quietly(cargo(["build", &package]).args(how))?;
        let built = format!("wasm/{}.wasm", self.package.replace('-', "_"));
        bind(&tree::target(TARGET).join(built), self.name, out)?;
        panics::cut(&self.bound(out))?;
        names::shorten(&self.bound(out), &self.glue(out))?;
        shrink(&self.bound(out))?;
        let note = probe(&self.bound(out))?.gate(self.brotli_bytes_max)?;
        self.inline(out)?;
        Ok(format!("{} {note}", self.name))
    }

    fn bound(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}_bg.wasm", self.name))
    }

    /// What wasm-bindgen writes around it.
    fn glue(&self, folder: &Path) -> [PathBuf; 3] {
        [".js", ".d.ts", "_bg.wasm.d.ts"].map(|ending| folder.join([self.name, ending].concat()))
    }

    /// Writes the module once more as text, for pages that cannot fetch it.
    fn inline(&self, folder: &Path) -> Result<()> {
        let text = BASE64.encode(fs::read(self.bound(folder))?);
        let file = |ending| folder.join(format!("{}_inline.{ending}", self.name));
        fs::write(file("js"), format!("export const base64 = \"{text}\";\n"))?;
        fs::write(file("d.ts"), "export const base64: string;\n")?;
        Ok(())
    }
}

/// Writes glue, types and the bound module to `out`, called `name`.
///
/// # Errors
///
/// If wasm-bindgen refuses the module.
pub(crate) fn bind(module: &Path, name: &str, out: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(module)
        .web(true)?
        // The package's entry says where the module is; a default URL would make every
        // bundler ship a second copy.
        .omit_default_module_path(true)
        .typescript(true)
        .out_name(name)
        .generate(out)
        .context("wasm-bindgen refused the module")
}

/// Shrinks the module in place.
pub(crate) fn shrink(module: &Path) -> Result<()> {
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
    /// If the module compresses to more than `brotli_bytes_max`; exactly that is allowed.
    fn gate(&self, brotli_bytes_max: usize) -> Result<String> {
        let Self { raw, brotli, gzip } = *self;
        ensure!(
            brotli <= brotli_bytes_max,
            "the module weighs {brotli} bytes in brotli, {} over its ceiling of {brotli_bytes_max}",
            brotli - brotli_bytes_max
        );
        Ok(format!(
            "{} brotli of {} allowed, {} gzip, {} raw",
            kib(brotli),
            kib(brotli_bytes_max),
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
        let note = weighing(51_200).gate(51_200).expect("at the ceiling");
        assert_eq!(note, "50.0 KB brotli of 50.0 KB allowed, 60.6 KB gzip, 146.5 KB raw");
        let told = weighing(51_201).gate(51_200).expect_err("over it").to_string();
        assert_eq!(told, "the module weighs 51201 bytes in brotli, 1 over its ceiling of 51200");
    }

    #[test]
    fn sizes_round_up() {
        assert_eq!(kib(0), "0.0 KB");
        assert_eq!(kib(1), "0.1 KB");
        assert_eq!(kib(1024), "1.0 KB");
        assert_eq!(kib(1025), "1.1 KB");
    }
}

//! A Chromium for the browser test: one that is here, or one brought by whoever can.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};
use nix::unistd::Uid;

use crate::command::{program, quietly};
use crate::steps::{Done, Steps};
use crate::tree;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Chrome's usual place on a Mac, which is on no PATH.
const ON_MAC: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

const NEXT: &str = "install Chromium or Chrome, or set CHROMIUM to the browser's path, then again";

/// The browser's path, or nothing if the steps went on without one.
///
/// # Errors
///
/// If there is none and none can be installed.
pub(crate) fn prepare(steps: &mut Steps) -> Result<Option<PathBuf>> {
    let mut browser = None;
    steps.step("chromium", NEXT, || {
        if let Some(found) = find_here()? {
            let note = tree::shown(&found);
            browser = Some(found);
            return Ok(Done::Noted(note));
        }
        let installed = install()?;
        let note = tree::shown(&installed);
        browser = Some(installed);
        Ok(Done::Noted(note))
    })?;
    Ok(browser)
}

fn find_here() -> Result<Option<PathBuf>> {
    let path = env::var_os("PATH").unwrap_or_default();
    find(env::var_os("CHROMIUM").as_deref(), &path, starts)
}

/// The browser that `chosen` (the variable CHROMIUM) names, else the first on `path` that works.
///
/// # Errors
///
/// If `chosen` does not work: a wish is not silently replaced.
fn find(
    chosen: Option<&OsStr>,
    path: &OsStr,
    works: impl Fn(&Path) -> bool,
) -> Result<Option<PathBuf>> {
    if let Some(chosen) = chosen.filter(|chosen| !chosen.is_empty()) {
        let chosen = PathBuf::from(chosen);
        if !works(&chosen) {
            bail!("CHROMIUM names {}, which does not start", chosen.display());
        }
        return Ok(Some(chosen));
    }
    let folders = || env::split_paths(path);
    let on_path = NAMES.iter().flat_map(|name| folders().map(move |folder| folder.join(name)));
    Ok(on_path.chain([ON_MAC.into()]).find(|file| works(file)))
}

/// Whether `file` answers for its version. Some systems ship a `chromium-browser` that only
/// tells where to get one.
fn starts(file: &Path) -> bool {
    file.is_file() && quietly(&mut program(file, ["--version"])).is_ok()
}

/// Installs a browser by the system's package manager, else by Playwright.
fn install() -> Result<PathBuf> {
    let by_apt = by_apt();
    if by_apt.is_ok()
        && let Some(found) = find_here()?
    {
        return Ok(found);
    }
    by_playwright().map_err(|playwright| {
        let apt = by_apt.err().unwrap_or_else(|| anyhow!("installed no browser that starts"));
        anyhow!("no Chromium here, and none could be installed\n\n{apt:#}\n\n{playwright:#}")
    })
}

fn by_apt() -> Result<()> {
    quietly(&mut apt_get(&["--version"]))?;
    quietly(&mut apt_get(&["update"]))?;
    // Without recommended packages it would come without any font.
    let packages = ["install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"];
    quietly(&mut apt_get(&packages)).map(drop)
}

/// `apt-get` as root; by sudo if that asks no password.
fn apt_get(args: &[&str]) -> Command {
    let mut command = if Uid::effective().is_root() {
        program("apt-get", [])
    } else {
        program("sudo", ["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
    };
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn by_playwright() -> Result<PathBuf> {
    let e2e = tree::at("tests/e2e");
    let install = ["--no-install", "playwright", "install", "chromium"];
    quietly(program("npx", install).current_dir(&e2e))?;
    let where_is = "console.log(require('@playwright/test').chromium.executablePath())";
    let printed = quietly(program("node", ["--eval", where_is]).current_dir(&e2e))?;
    let file = PathBuf::from(printed.trim());
    starts(&file).then_some(file).context("Playwright's Chromium does not start; see its --help")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds on `path` when only the files in `working` work.
    fn check(chosen: Option<&str>, path: &str, working: &[&str], expect: Option<&str>) {
        let works = |file: &Path| working.iter().any(|working| file == Path::new(working));
        let found = find(chosen.map(OsStr::new), OsStr::new(path), works).expect("no bad wish");
        assert_eq!(found.as_deref(), expect.map(Path::new));
    }

    #[test]
    fn the_chosen_browser_comes_first() {
        check(Some("/opt/mine"), "/bin", &["/opt/mine", "/bin/chromium"], Some("/opt/mine"));
        check(Some(""), "/bin", &["/bin/chromium"], Some("/bin/chromium"));
    }

    #[test]
    fn then_names_in_order_on_the_whole_path() {
        let both = ["/bin/google-chrome", "/usr/bin/chromium"];
        check(None, "/bin:/usr/bin", &both, Some("/usr/bin/chromium"));
        check(None, "/bin:/usr/bin", &both[..1], Some("/bin/google-chrome"));
        check(None, "/bin", &[ON_MAC], Some(ON_MAC));
        check(None, "/bin:/usr/bin", &[], None);
    }

    #[test]
    fn a_chosen_browser_that_does_not_start_is_an_error() {
        let told = find(Some(OsStr::new("/opt/mine")), OsStr::new("/bin"), |_| false);
        let told = told.expect_err("a bad wish").to_string();
        assert_eq!(told, "CHROMIUM names /opt/mine, which does not start");
    }
}

//! The invariants of ARCHITECTURE.md that a program can check.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The rooms, each of which may depend only on those before it.
const ROOMS: [&str; 5] = ["ad", "linalg", "solvers", "sensitivity", "fit"];

/// The part of a manifest under `[heading]`.
fn section<'a>(manifest: &'a str, heading: &str) -> &'a str {
    let after = manifest.split_once(&format!("[{heading}]\n")).map_or("", |(_, after)| after);
    after.split("\n[").next().unwrap_or("")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources(room: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    rust_files(&root().join(room).join("src"), &mut found);
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).expect("a readable file"))).collect()
}

#[test]
fn rooms_depend_only_on_the_rooms_before_them() {
    for (place, room) in ROOMS.iter().enumerate() {
        let Ok(manifest) = fs::read_to_string(root().join(room).join("Cargo.toml")) else { continue };
        let dependencies = section(&manifest, "dependencies");
        for later in &ROOMS[place..] {
            assert!(!dependencies.contains(&format!("costate-{later}")), "{room} depends on {later}");
        }
        assert!(!dependencies.contains("costate.workspace"), "{room} depends on the facade");
    }
}

#[test]
fn solvers_do_not_know_that_gradients_exist() {
    for (path, text) in sources("solvers") {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let known = ["Dual", "Var", "gradient", "custom"];
        let found =
            code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).find(|w| known.contains(w));
        assert_eq!(found, None, "{}", path.display());
    }
}

#[test]
fn there_is_one_nalgebra() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock is committed");
    assert_eq!(lock.matches("name = \"nalgebra\"\n").count(), 1);
}

#[test]
fn nothing_is_left_open_and_files_hold_one_noun() {
    for room in ROOMS {
        for (path, text) in sources(room) {
            for open in ["todo!(", "unimplemented!(", "FIXME"] {
                assert!(!text.contains(open), "{} contains {open}", path.display());
            }
            let lines = text.lines().count();
            assert!(lines <= 400, "{} has {lines} lines", path.display());
        }
    }
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    assert!(map.lines().count() < 120, "a map, not a book");
}

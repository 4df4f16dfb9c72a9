//! Pictures by the command line: files, pipes, terminals, and what is refused.

use std::fs;

use crate::{cogwork, common, output, scene};
use cogwork::Cog;
use cogwork::picture::{ColorMap, Quicklook};

#[test]
fn pictures_are_those_of_the_library() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = |name: &str| Cog::open(scene().join(name)).expect(name).base();
    let (visual, classes) = (base("visual.tif"), base("SCL.tif"));
    let look = || Quicklook::new().size(120);
    let scl = || look().color_map(ColorMap::scl());
    let beside = look()
        .scale_bar()
        .coordinates()
        .histogram()
        .background([10, 20, 30]);
    for (words, picture) in [
        ("SCENE/visual.tif", look().draw(&visual)),
        (
            "SCENE/visual.tif --overview 0",
            look().draw(
                &Cog::open(scene().join("visual.tif"))
                    .expect("the scene")
                    .overview(0)
                    .expect("an overview"),
            ),
        ),
        (
            "SCENE/SCL.tif --colormap scl --legend",
            scl().legend().draw(&classes),
        ),
        ("SCENE/mysearch.json#-1/SCL", scl().draw(&classes)),
        ("SCENE/SCL.tif", look().draw(&classes)),
        (
            "SCENE/visual.tif --scale-bar --coordinates --histogram --background 0a141e",
            beside.draw(&visual),
        ),
        (
            "SCENE/visual.tif --bands 2 --stretch 10,200 --colormap magma --window 5,6,70,80",
            look()
                .bands(&[2])
                .stretch("10,200".parse().expect("a stretch"))
                .color_map(ColorMap::Magma)
                .window(cogwork::grid::Window::new(5, 6, 70, 80))
                .draw(&visual),
        ),
        (
            "SCENE/visual.tif --compare SCENE/mysearch.json#-1/visual",
            look().compare(&visual, &visual),
        ),
    ] {
        let mut expected = Vec::new();
        let picture = picture.expect(words);
        picture.write_png(&mut expected).expect("a PNG");
        assert_eq!(
            output(
                folder.path(),
                &format!("quicklook {words} --size 120 -o out.png")
            ),
            b""
        );
        assert!(
            fs::read(folder.path().join("out.png")).expect("a file") == expected,
            "{words}"
        );
        let piped = output(folder.path(), &format!("quicklook {words} --size 120 -o -"));
        assert!(piped == expected, "{words}");
    }
    assert_eq!(common::entries(folder.path()), ["out.png"]);
}

/// Where standard output is no terminal, 80 columns; without colours if NO_COLOR says so.
#[test]
fn previews() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |no_color: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_cogwork"))
            .args(["quicklook", "--show"])
            .arg(scene().join("visual.tif"))
            .env("NO_COLOR", no_color)
            .current_dir(folder.path())
            .output()
            .expect("the program runs");
        assert!(output.status.success() && output.stderr.is_empty());
        String::from_utf8(output.stdout).expect("text")
    };
    let colors = run("");
    // 774 x 782 pixels in 80 of each, two rows to a line; the orbit's edge is at the upper left.
    assert_eq!(colors.lines().count(), 40);
    assert!(colors.starts_with("\x1b[0m "));
    let letters = |line: &str| {
        line.chars()
            .filter(|letter| " \u{2580}\u{2584}".contains(*letter))
            .count()
    };
    assert!(
        colors
            .lines()
            .all(|line| letters(line) == 79 && line.ends_with("\x1b[0m"))
    );
    let shades = run("1");
    assert_eq!(shades.lines().count(), 40);
    assert!(
        shades
            .lines()
            .all(|line| line.len() == 79 && !line.contains('\x1b'))
    );
    assert!(shades.starts_with("     ") && shades.contains('@') && shades.contains('.'));
}

#[test]
fn refusals() {
    let folder = tempfile::tempdir().expect("a folder");
    for (words, code, said) in [
        (
            "SCENE/visual.tif",
            2,
            "no output: add -o OUT.png, or --show",
        ),
        ("missing.tif", 2, "no output"),
        ("missing.tif -o out.png", 1, "missing.tif: No such file"),
        ("SCENE/visual.tif -o out.jpg", 2, "should end in .png"),
        (
            "SCENE/visual.tif -o - --show",
            2,
            "both write to standard output",
        ),
        (
            "SCENE/visual.tif -o out.png --colormap viridis",
            2,
            "colour map of three bands",
        ),
        (
            "SCENE/visual.tif -o out.png --legend",
            2,
            "legend of three bands",
        ),
        (
            "SCENE/visual.tif -o out.png --colormap rainbow",
            2,
            "expected gray, viridis",
        ),
        (
            "SCENE/visual.tif -o out.png --stretch 5,1",
            2,
            "expected none, minmax",
        ),
        ("SCENE/visual.tif -o out.png --size 0", 2, "--size"),
        (
            "SCENE/visual.tif -o out.png --background red",
            2,
            "expected RRGGBB",
        ),
        ("SCENE/visual.tif -o out.png --bands 9", 2, "no band 9"),
        (
            "SCENE/visual.tif -o out.png --compare SCENE/SCL.tif",
            2,
            "three bands beside one",
        ),
        ("SCENE/visual.tif -o no/out.png", 1, "no/out.png"),
    ] {
        let output = cogwork(folder.path(), &format!("quicklook {words}"));
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{words}: {error}");
        assert!(
            error.contains(said) && error.lines().count() == 1,
            "{words}: {error}"
        );
        assert!(output.stdout.is_empty(), "{words}");
    }
    assert!(common::entries(folder.path()).is_empty());
}

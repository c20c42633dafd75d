//! Pictures in folders: moved, named, binned and put back, with their settings and their fame.

use super::*;

struct Bench {
    _place: tempfile::TempDir,
    home: DataDir,
}

impl Bench {
    /// Empty files of these names among the pictures.
    fn new(names: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().join("home"));
        for name in names {
            let path = home.pictures().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        Self { _place: place, home }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.pictures().join(name)
    }

    /// What was moved, if anything was, and all that is there afterwards.
    fn work(&self, task: GalleryTask) -> (Vec<Move>, Vec<PathBuf>, BTreeSet<PathBuf>) {
        let (mut moved, mut pictures, mut famous) = (Vec::new(), Vec::new(), BTreeSet::new());
        for answer in work(&self.home, task).unwrap() {
            match answer {
                Answer::Gallery(GalleryAnswer::Moved { moves, .. }) => moved = moves,
                Answer::Gallery(
                    GalleryAnswer::Listed { favourites, .. } | GalleryAnswer::Favourites(favourites),
                ) => famous = favourites,
                Answer::Pictures(paths) => pictures = paths,
                other => panic!("{other:?}"),
            }
        }
        pictures.sort();
        (moved, pictures, famous)
    }

    fn refusal(&self, task: GalleryTask) -> String {
        work(&self.home, task).unwrap_err().to_string()
    }
}

#[test]
fn pictures_go_into_a_folder_over_nothing_and_come_back() {
    let bench =
        Bench::new(&["1.png", "2.png", "cats/1.png", "cats/old/1.png", "grid-00000.png", "grid-00000.toml"]);
    let [one, two, grid] = ["1.png", "2.png", "grid-00000.png"].map(|name| bench.at(name));
    bench.work(GalleryTask::Favour { pictures: vec![one.clone(), bench.at("cats/1.png")], favourite: true });
    let pictures = vec![one.clone(), bench.at("cats/old/1.png"), grid.clone()];
    let (moves, all, famous) = bench.work(GalleryTask::Move { pictures, folder: bench.at("cats") });
    let there = ["cats/1-2.png", "cats/1-3.png", "cats/grid-00000.png"].map(|name| bench.at(name));
    assert_eq!(moves.iter().map(|(_, to)| to.clone()).collect::<Vec<_>>(), there);
    assert_eq!(all.len(), 5);
    assert!(bench.at("cats/grid-00000.toml").is_file() && !bench.at("grid-00000.toml").exists());
    assert_eq!(fs::read(bench.at("cats/1.png")).unwrap(), b"cats/1.png", "nothing is written over");
    assert_eq!(famous, BTreeSet::from([bench.at("cats/1-2.png"), bench.at("cats/1.png")]));
    // A picture of its old name has come meanwhile.
    fs::write(&one, "new").unwrap();
    let (back, all, famous) = bench.work(GalleryTask::PutBack(moves));
    assert_eq!(back[0].1, bench.at("1-2.png"));
    assert!(all.contains(&two) && all.contains(&grid) && bench.at("cats/old/1.png").is_file());
    assert!(bench.at("grid-00000.toml").is_file());
    assert_eq!(famous, BTreeSet::from([bench.at("1-2.png"), bench.at("cats/1.png")]));
    // Where it is already it stays.
    assert!(
        bench.work(GalleryTask::Move { pictures: vec![two], folder: bench.home.pictures() }).0.is_empty()
    );
}

#[test]
fn pictures_that_differ_in_capitals_alone_do_not_take_each_others_place() {
    let bench = Bench::new(&["one/Cat.png", "two/cat.png", "cats/dog.png"]);
    let pictures = vec![bench.at("one/Cat.png"), bench.at("two/cat.png")];
    let (moves, all, _) = bench.work(GalleryTask::Move { pictures, folder: bench.at("cats") });
    let there: Vec<PathBuf> = moves.iter().map(|(_, to)| to.clone()).collect();
    assert_eq!(there, ["cats/Cat.png", "cats/cat-2.png"].map(|name| bench.at(name)));
    assert_eq!(all.len(), 3);
}

#[test]
fn what_another_window_put_there_is_not_written_over() {
    let bench = Bench::new(&["1.png", "cats/1.png"]);
    let moves = vec![(bench.at("1.png"), bench.at("cats/1.png"))];
    let answers = carry_out(&bench.home, moves, Moved::Within).unwrap();
    assert!(answers.iter().any(|answer| matches!(answer, Answer::Refused(said) if said.contains("already"))));
    assert_eq!(fs::read(bench.at("cats/1.png")).unwrap(), b"cats/1.png");
    assert!(bench.at("1.png").is_file());
}

#[test]
fn folders_are_made_and_named_as_every_system_can() {
    let bench = Bench::new(&["cats/1.png"]);
    let top = bench.home.pictures();
    let make = |name: &str| GalleryTask::NewFolder { within: top.clone(), name: name.into() };
    bench.work(make(" Ölbilder "));
    assert!(bench.at("Ölbilder").is_dir());
    for (name, fault) in
        [("", "needs a name"), ("..", "dot"), ("a/b", "cannot have"), ("Nul", "device"), ("cats", "already")]
    {
        let said = bench.refusal(make(name));
        assert!(said.contains(fault), "{name}: {said}");
    }
    bench.work(GalleryTask::Favour { pictures: vec![bench.at("cats/1.png")], favourite: true });
    let rename =
        |folder: &str, name: &str| GalleryTask::RenameFolder { folder: bench.at(folder), name: name.into() };
    let (moves, all, famous) = bench.work(rename("cats", "dogs"));
    assert_eq!((moves, &all), (vec![(bench.at("cats"), bench.at("dogs"))], &vec![bench.at("dogs/1.png")]));
    assert!(famous.contains(&all[0]));
    assert!(bench.refusal(rename("dogs", "Ölbilder")).contains("already"));
    let outside = GalleryTask::RenameFolder { folder: top.join("../words"), name: "x".into() };
    assert!(bench.refusal(outside).contains("does not lie"));
    assert!(
        bench
            .refusal(GalleryTask::RenameFolder { folder: top.clone(), name: "x".into() })
            .contains("does not lie")
    );
}

#[test]
fn what_is_binned_waits_and_is_put_back_or_let_go() {
    let bench = Bench::new(&["1.png", "cats/1.png", "cats/2.png"]);
    let waiting = || super::super::folders(&bench.home.binned()).len();
    bench.work(GalleryTask::Favour { pictures: vec![bench.at("1.png")], favourite: true });
    let (moves, all, _) = bench.work(GalleryTask::Bin(vec![bench.at("1.png"), bench.at("cats")]));
    assert!(all.is_empty() && moves.len() == 2 && waiting() == 1);
    let (_, all, famous) = bench.work(GalleryTask::PutBack(moves));
    assert_eq!(all, ["1.png", "cats/1.png", "cats/2.png"].map(|name| bench.at(name)));
    assert!(famous.contains(&all[0]), "it is as famous as before");
    // And if others are made famous while it waits.
    let (moves, ..) = bench.work(GalleryTask::Bin(vec![bench.at("1.png")]));
    bench.work(GalleryTask::Favour { pictures: vec![bench.at("cats/1.png")], favourite: true });
    let (_, all, famous) = bench.work(GalleryTask::PutBack(moves.clone()));
    assert_eq!(famous, BTreeSet::from([all[0].clone(), bench.at("cats/1.png")]));
    // It is back already, which is told by a move of nothing.
    let answers = work(&bench.home, GalleryTask::PutBack(moves)).unwrap();
    let told = answers.iter().find_map(|answer| match answer {
        Answer::Gallery(GalleryAnswer::Moved { moves, how: Moved::Back }) => Some(moves.len()),
        _ => None,
    });
    assert_eq!(told, Some(0));
    // Young ones belong to a window that may be open.
    bench.work(GalleryTask::Bin(vec![bench.at("cats/2.png")]));
    let now = units::unix_seconds(SystemTime::now());
    let_old_go(&bench.home, now);
    assert!(super::super::folders(&bench.home.binned()).iter().any(|folder| folder.join("2.png").is_file()));
    assert!(bench.refusal(GalleryTask::Bin(vec![bench.home.words()])).contains("does not lie"));
}

#[test]
fn favourites_that_cannot_be_read_are_set_aside_and_said() {
    let bench = Bench::new(&["1.png"]);
    fs::write(bench.home.gallery(), "favourites = 3").unwrap();
    let answers = pictures::list(&bench.home).unwrap();
    assert!(
        answers.iter().any(|answer| matches!(answer, Answer::Refused(said) if said.contains("gallery.toml")))
    );
    let (.., famous) = bench.work(GalleryTask::Favour { pictures: vec![bench.at("1.png")], favourite: true });
    assert_eq!(famous, BTreeSet::from([bench.at("1.png")]));
    let (.., famous) =
        bench.work(GalleryTask::Favour { pictures: vec![bench.at("1.png")], favourite: false });
    assert!(famous.is_empty());
}

#[test]
fn favourites_of_a_newer_version_stay_as_they_are() {
    let bench = Bench::new(&["1.png"]);
    let newer = "version = 2\nfavourites = { \"1.png\" = 5 }";
    fs::write(bench.home.gallery(), newer).unwrap();
    let answers = pictures::list(&bench.home).unwrap();
    let said = |answer: &Answer| matches!(answer, Answer::Refused(said) if said.contains("newer version"));
    assert!(answers.iter().any(said), "{answers:?}");
    let favour = || GalleryTask::Favour { pictures: vec![bench.at("1.png")], favourite: true };
    assert!(bench.refusal(favour()).contains("newer version"));
    // What is moved is moved, and told of.
    let moving = GalleryTask::Move { pictures: vec![bench.at("1.png")], folder: bench.at("cats") };
    let answers = work(&bench.home, moving).unwrap();
    assert!(answers.iter().any(said) && bench.at("cats/1.png").is_file());
    assert_eq!(fs::read_to_string(bench.home.gallery()).unwrap(), newer);
}

#[test]
fn a_grid_is_let_go_with_its_settings() {
    let bench = Bench::new(&["grid-00000.png", "grid-00000.toml"]);
    let (moves, ..) = bench.work(GalleryTask::Bin(vec![bench.at("grid-00000.png")]));
    assert!(moves[0].1.with_extension("toml").is_file());
    assert!(work(&bench.home, GalleryTask::LetGo(moves)).unwrap().is_empty());
    assert!(super::super::folders(&bench.home.binned()).is_empty(), "nothing waits any more");
    let left = ["grid-00000.png", "grid-00000.toml"].map(|name| bench.at(name).exists());
    assert_eq!(left, [false; 2]);
}

#[cfg(unix)]
#[test]
fn what_is_put_back_lies_beside_a_link_that_leads_nowhere() {
    let bench = Bench::new(&["1.png"]);
    let (moves, ..) = bench.work(GalleryTask::Bin(vec![bench.at("1.png")]));
    std::os::unix::fs::symlink("gone", bench.at("1.png")).unwrap();
    let (back, ..) = bench.work(GalleryTask::PutBack(moves));
    assert_eq!(back[0].1, bench.at("1-2.png"));
    assert!(bench.at("1.png").is_symlink());
}

#[test]
fn many_pictures_are_followed_through_many_moves() {
    const MANY: usize = 20_000;
    let at = |folder: &str, i: usize| PathBuf::from(format!("/home/ann/pictures/{folder}/{i:05}-1.png"));
    let moves: Vec<Move> = (0..MANY).map(|i| (at("cats", i), at("dogs", i))).collect();
    let began = std::time::Instant::now();
    let now = moved(&moves);
    assert!((0..MANY).all(|i| now(&at("cats", i)) == Some(at("dogs", i)) && now(&at("owls", i)).is_none()));
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    // Of a folder and of what lay in it, which went before.
    let moves = [
        (at("cats", 0), PathBuf::from("/bin/0.png")),
        ("/home/ann/pictures/cats".into(), "/bin/cats".into()),
    ];
    let now = moved(&moves);
    assert_eq!(now(&at("cats", 0)), Some("/bin/0.png".into()));
    assert_eq!(now(&at("cats", 1)), Some("/bin/cats/00001-1.png".into()));
}

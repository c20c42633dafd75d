//! The job of finding words that pictures could start out meaning: those of the model's vocabulary whose sentence lies
//! closest to the mean of the pictures in CLIP's space.
//!
//! What CLIP makes of all words takes minutes for a whole vocabulary on the processor, so it is kept on the disk; what
//! is there and damaged, or cannot be kept, only costs the time again.

use std::path::{Path, PathBuf};

use crate::clip::{AROUND, seen};
use crate::context::JobContext;
use crate::message::{JobSummary, SuggestRequest, Suggestion};
use crate::preflight::Preflight;
use crate::session::Session;
use base::Result;
use base::atomic::write_atomic;
use format::Weights;
use format::checkpoint::fingerprint_of;
use inversion::objective::read;
use metrics::mean_direction;
use model::ClipModel;
use model::embeddings::cosine;
use project::dataset::left_out;
use project::files::sha256;
use project::picture::learned_square;
use project::{ConceptKind, DataDir, Dataset};

/// Words suggested.
const WORDS: usize = 5;
/// Words that go through CLIP together.
const BATCH: usize = 64;
/// Fewer words are quickly asked again.
const KEPT: usize = 1000;

pub fn run(
    request: &SuggestRequest,
    session: &mut Session,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    let tokenizers = Preflight::of(&request.model)?.tokenizers()?;
    let dataset = Dataset::gather(&request.images)?;
    context.warn_all(left_out(&dataset.left_out));
    let clip = ClipModel::open(&request.clip, &session.device.device, &mut || context.check())?;
    let around = request.use_masks.then_some(AROUND);
    let pictures =
        seen(&clip, dataset.enabled(), &dataset.folder, context, |entry| learned_square(entry, around))?;
    let words = tokenizers.common_words(request.kind);
    let words = closest((&clip, request.clip.as_path()), words, request.kind, &pictures, context)?;
    Ok(JobSummary::Suggested { words })
}

/// Of some words those whose sentences a CLIP, which lies in a folder, sees closest to pictures, the best first.
pub(super) fn closest(
    (clip, folder): (&ClipModel, &Path),
    words: Vec<String>,
    kind: ConceptKind,
    pictures: &[Vec<f32>],
    context: &mut JobContext<'_>,
) -> Result<Vec<Suggestion>> {
    let vectors = vectors(clip, folder, &words, kind, &DataDir::usual().clip_words(), context)?;
    let rows = words.into_iter().zip(vectors.chunks(clip.width()));
    let mean = mean_direction(pictures);
    let mut words: Vec<Suggestion> =
        rows.map(|(word, vector)| Suggestion { word, score: cosine(vector, &mean) }).collect();
    words.sort_by(|one, other| other.score.total_cmp(&one.score));
    words.truncate(WORDS);
    Ok(words)
}

/// What CLIP makes of each word in a sentence, row by row: from `kept`, or computed and kept there.
fn vectors(
    clip: &ClipModel,
    folder: &Path,
    words: &[String],
    kind: ConceptKind,
    kept: &Path,
    context: &mut JobContext<'_>,
) -> Result<Vec<f32>> {
    let sentence = match kind {
        ConceptKind::Object => "a photo of a {}",
        ConceptKind::Style => "a painting in the style of {}",
    };
    let file = (words.len() >= KEPT).then(|| file(folder, words, sentence, kept)).transpose()?;
    if let Some(vectors) = file.as_deref().and_then(|file| kept_vectors(file, words.len() * clip.width())) {
        return Ok(vectors);
    }
    let mut vectors = Vec::with_capacity(words.len() * clip.width());
    for (index, batch) in words.chunks(BATCH).enumerate() {
        context.progress("reading the words of the model", index * BATCH, words.len());
        context.check()?;
        let ids: Vec<Vec<u32>> = batch.iter().map(|word| content(clip, word)).collect();
        let ids = clip.sentence_ids(ids.iter().map(|word| (sentence, word.as_slice())));
        vectors.extend(read(clip.embed_ids(&ids, None))?);
    }
    if let Some(file) = file {
        let numbers: Vec<u8> = vectors.iter().flat_map(|number| number.to_le_bytes()).collect();
        let made = file.parent().is_some_and(|parent| std::fs::create_dir_all(parent).is_ok());
        let bytes = [sha256(&numbers).as_bytes(), &numbers].concat();
        if let Err(error) = write_atomic(&file, &bytes)
            && made
        {
            context.warn(format!("What CLIP makes of the words cannot be kept for the next time: {error}"));
        }
    }
    Ok(vectors)
}

/// A word's ids without begin and end.
pub fn content(clip: &ClipModel, word: &str) -> Vec<u32> {
    let ids = clip.tokenizer.encode(word);
    ids.get(1..ids.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

/// Where the vectors of these words by this CLIP are kept.
fn file(clip: &Path, words: &[String], sentence: &str, kept: &Path) -> Result<PathBuf> {
    let text = format!("{sentence}\n{}", words.join("\n"));
    Ok(kept.join(format!("{}.f32", fingerprint_of(&Weights::open(clip, false)?, &text))))
}

/// So many numbers behind the hash of their bytes; `None` for anything else.
fn kept_vectors(file: &Path, count: usize) -> Option<Vec<f32>> {
    let bytes = std::fs::read(file).ok()?;
    let (hash, numbers) = bytes.split_at_checked(64)?;
    let (numbers, rest) = numbers.as_chunks::<4>();
    let whole =
        numbers.len() == count && rest.is_empty() && sha256(numbers.as_flattened()).as_bytes() == hash;
    whole.then(|| numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Command;
    use crate::queue::test_queue;
    use crate::session::tests::{golden, session};

    /// The folder of what comes with the program.
    fn assets() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets")
    }

    fn suggested(sample: &str, kind: ConceptKind) -> Vec<Suggestion> {
        let (mut queue, _commands, _events) = test_queue();
        let request = SuggestRequest {
            model: assets().join("starter"),
            images: vec![assets().join("samples").join(sample)],
            clip: assets().join("starter/clip"),
            kind,
            use_masks: true,
        };
        let summary = run(&request, &mut session(), &mut JobContext::new(1, &mut queue)).unwrap();
        let JobSummary::Suggested { words } = summary else { panic!("{summary:?}") };
        println!("{sample}: {words:?}");
        words
    }

    #[test]
    fn samples_are_called_what_they_show() {
        for (sample, word) in [
            ("circus-cat", "cat"),
            ("tea-time-mug", "mug"),
            ("garden-robot", "robot"),
            ("regatta-boat", "boat"),
        ] {
            let words = suggested(sample, ConceptKind::Object);
            assert_eq!(words.len(), WORDS);
            assert!(words.iter().any(|found| found.word == word), "{sample}: {words:?}");
        }
        suggested("soft-wash", ConceptKind::Style);
    }

    #[test]
    fn what_was_computed_is_kept_and_what_is_damaged_computed_again() {
        let kept = tempfile::tempdir().unwrap();
        let folder = golden().join("../clip");
        let clip = ClipModel::open(&folder, &session().device.device, &mut || Ok(())).unwrap();
        let words: Vec<String> = (0..KEPT).map(|number| format!("cat{number}")).collect();
        let (mut queue, commands, events) = test_queue();
        let mut context = JobContext::new(1, &mut queue);
        let get = |context: &mut JobContext<'_>| {
            vectors(&clip, &folder, &words, ConceptKind::Object, kept.path(), context)
        };
        let first = get(&mut context).unwrap();
        let said = events.try_iter().count();
        assert!(said > 0 && get(&mut context).unwrap() == first);
        assert_eq!(events.try_iter().count(), 0, "nothing was computed");
        let file = std::fs::read_dir(kept.path()).unwrap().next().unwrap().unwrap().path();
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[100] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(get(&mut context).unwrap(), first);
        assert_eq!(events.try_iter().count(), said);
        std::fs::remove_file(&file).unwrap();
        commands.send(Command::Stop(1)).unwrap();
        assert_eq!(get(&mut context).unwrap_err().exit_code(), 130);
    }
}

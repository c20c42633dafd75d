//! The models that can be fetched: openly licensed, published by those who made them or by their keepers.
//!
//! Sizes are rounded and only shown before a download; what is fetched is measured and hashed by what the server
//! lists. Half precision is preferred where it is published: half the bytes, and the same pictures.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::job::unfinished;
use project::Family;

/// A model that can be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Download {
    /// Its short name, which never changes.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it is good for, in one sentence.
    pub sentence: &'static str,
    /// Its family; `None` for a model that only gives scores.
    pub family: Option<Family>,
    /// Owner and name of its repository, of which the branch `main` is taken.
    #[serde(skip)]
    pub repository: &'static str,
    /// About how many bytes will come.
    pub bytes: u64,
    /// The name of its licence.
    pub licence: &'static str,
    /// Where the licence can be read.
    pub licence_url: &'static str,
    /// What is needed of it.
    #[serde(skip)]
    pub files: &'static [Wanted],
}

/// A file of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The paths by which it may go in the repository; the first that is there is taken.
    pub paths: &'static [&'static str],
    /// Whether the model is of no use without it.
    pub needed: bool,
}

const fn needed(paths: &'static [&'static str]) -> Wanted {
    Wanted { paths, needed: true }
}

const fn optional(paths: &'static [&'static str]) -> Wanted {
    Wanted { paths, needed: false }
}

const INDEX: Wanted = needed(&["model_index.json"]);
const SCHEDULER: Wanted = needed(&["scheduler/scheduler_config.json"]);
const LICENCE: Wanted = optional(&["LICENSE.md", "LICENSE", "LICENSE.txt"]);
const UNET: Wanted =
    needed(&["unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.safetensors"]);
const VAE: Wanted =
    needed(&["vae/diffusion_pytorch_model.fp16.safetensors", "vae/diffusion_pytorch_model.safetensors"]);
const TEXT: Wanted = needed(&["text_encoder/model.fp16.safetensors", "text_encoder/model.safetensors"]);

/// The list.
pub const DOWNLOADS: &[Download] = &[
    Download {
        id: "sd-1.5",
        name: "Stable Diffusion 1.5",
        sentence: "The usual model to learn a first word on: 512 pixels, and a card with 8 GB is enough.",
        family: Some(Family::Sd1),
        repository: "stable-diffusion-v1-5/stable-diffusion-v1-5",
        bytes: 2_133_000_000,
        licence: "CreativeML Open RAIL-M",
        licence_url: "https://huggingface.co/spaces/CompVis/stable-diffusion-license",
        files: &[
            INDEX,
            SCHEDULER,
            needed(&["text_encoder/config.json"]),
            needed(&["tokenizer/merges.txt"]),
            needed(&["tokenizer/special_tokens_map.json"]),
            needed(&["tokenizer/tokenizer_config.json"]),
            needed(&["tokenizer/vocab.json"]),
            needed(&["unet/config.json"]),
            needed(&["vae/config.json"]),
            LICENCE,
            TEXT,
            VAE,
            UNET,
        ],
    },
    Download {
        id: "sdxl",
        name: "Stable Diffusion XL base",
        sentence: "Larger and more faithful pictures of 1024 pixels, for a card with 16 GB or more.",
        family: Some(Family::Sdxl),
        repository: "stabilityai/stable-diffusion-xl-base-1.0",
        bytes: 6_943_000_000,
        licence: "CreativeML Open RAIL++-M",
        licence_url: "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md",
        files: &[
            INDEX,
            SCHEDULER,
            needed(&["text_encoder/config.json"]),
            needed(&["text_encoder_2/config.json"]),
            needed(&["tokenizer/merges.txt"]),
            needed(&["tokenizer/special_tokens_map.json"]),
            needed(&["tokenizer/tokenizer_config.json"]),
            needed(&["tokenizer/vocab.json"]),
            needed(&["tokenizer_2/merges.txt"]),
            needed(&["tokenizer_2/special_tokens_map.json"]),
            needed(&["tokenizer_2/tokenizer_config.json"]),
            needed(&["tokenizer_2/vocab.json"]),
            needed(&["unet/config.json"]),
            needed(&["vae/config.json"]),
            LICENCE,
            TEXT,
            VAE,
            needed(&["text_encoder_2/model.fp16.safetensors", "text_encoder_2/model.safetensors"]),
            UNET,
        ],
    },
    Download {
        id: "ldm",
        name: "Latent Diffusion text-to-image (2022)",
        sentence: "The model of the paper that words were first learned on: 256 pixels, to compare with what it shows.",
        family: Some(Family::Ldm),
        repository: "CompVis/ldm-text2im-large-256",
        bytes: 6_000_000_000,
        licence: "Apache License 2.0",
        licence_url: "https://huggingface.co/CompVis/ldm-text2im-large-256",
        files: &[
            INDEX,
            SCHEDULER,
            needed(&["bert/config.json"]),
            needed(&["tokenizer/special_tokens_map.json"]),
            needed(&["tokenizer/tokenizer_config.json"]),
            needed(&["tokenizer/vocab.txt"]),
            needed(&["unet/config.json"]),
            needed(&["vqvae/config.json"]),
            LICENCE,
            needed(&["bert/model.safetensors", "bert/pytorch_model.bin"]),
            needed(&["vqvae/diffusion_pytorch_model.safetensors", "vqvae/diffusion_pytorch_model.bin"]),
            needed(&["unet/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.bin"]),
        ],
    },
    Download {
        id: "clip",
        name: "CLIP ViT-B/32",
        sentence: "The judge that scores how well a word looks like its pictures and obeys prompts, as in the paper.",
        family: None,
        repository: "openai/clip-vit-base-patch32",
        bytes: 607_000_000,
        licence: "MIT License",
        licence_url: "https://github.com/openai/CLIP/blob/main/LICENSE",
        files: &[
            needed(&["config.json"]),
            needed(&["merges.txt"]),
            needed(&["vocab.json"]),
            needed(&["tokenizer_config.json"]),
            optional(&["special_tokens_map.json"]),
            optional(&["preprocessor_config.json"]),
            needed(&["model.safetensors", "pytorch_model.bin"]),
        ],
    },
];

/// A model of the list, and what of it is on this computer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DownloadCard {
    /// Which.
    #[serde(flatten)]
    pub download: &'static Download,
    /// Where it comes from, as a page to read.
    pub page: String,
    /// Its folder, if it is here.
    #[serde(serialize_with = "base::as_text::maybe_path")]
    pub here: Option<PathBuf>,
    /// Bytes that have come of an unfinished download.
    pub unfinished: Option<u64>,
}

/// The list, with what of each is in a folder of models.
pub fn cards(models: &Path) -> Vec<DownloadCard> {
    let card = |download: &'static Download| {
        let path = download.folder(models);
        let here = path.is_dir().then_some(path);
        let page = format!("https://huggingface.co/{}", download.repository);
        let unfinished = unfinished(models, download).filter(|_| here.is_none());
        DownloadCard { download, page, here, unfinished }
    };
    DOWNLOADS.iter().map(card).collect()
}

/// The model of a short name.
pub fn find(id: &str) -> Option<&'static Download> {
    DOWNLOADS.iter().find(|download| download.id == id)
}

impl Download {
    /// Its own folder in a folder of models.
    pub fn folder(&self, models: &Path) -> PathBuf {
        models.join(self.repository.rsplit('/').next().unwrap_or(self.id))
    }

    /// The hidden folder in which it is gathered.
    pub(super) fn staging(&self, models: &Path) -> PathBuf {
        models.join(format!(".{}.download", self.id))
    }
}

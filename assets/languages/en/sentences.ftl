# What the floors below the window say, as their source has it: { $gaps } stand for what is filled in.
# A text is looked for without its last full stop. said-… stands in the source as it is here; whole-… is put together there.

# What stands between parts. Of readings that are as good the first is taken.
frame-place = { $place }: { $what }
frame-sentences = { $first }. { $second }
frame-list = { $first }; { $second }
frame-listed = { $what } ({ $inner }), { $rest }
frame-brackets = { $what } ({ $inner })
frame-stop = .

# Put together of several texts below.
whole-device-goes-on = { $device } goes on being used.
whole-cannot-read = Cannot read { $path }: { $fault }. { $remedy }
whole-cannot-write = Cannot write { $path }: { $fault }. { $remedy }
whole-comparing = comparing, { $name } on { $concept }
whole-drawing = drawing
whole-tokenizer = tokenizer
whole-tuning = tuning
whole-choose-saved = Choose one that is saved as PNG, JPEG, WebP, BMP, GIF or TIFF.
whole-put-pictures = Put three to five pictures in it, as PNG, JPEG, WebP, BMP, GIF or TIFF.
whole-save-frames = Save frames of it as PNG, JPEG, WebP, BMP, GIF or TIFF.
whole-save-all-frames = Save frames of them as PNG, JPEG, WebP, BMP, GIF or TIFF.
whole-save-them = Save them as PNG, JPEG, WebP, BMP, GIF or TIFF.
whole-picture-left-out = 1 picture was left out: { $names }; save it as JPEG.
whole-film-left-out = 1 film was left out: { $names }; save frames of it as JPEG.
whole-pictures-left-out = { $count } pictures were left out: { $names }; save them as JPEG.
whole-films-left-out = { $count } films were left out: { $names }; save frames of them as JPEG.
whole-only-one-card = This computer offers no { $choice }: there is only { $name }
whole-several-cards = This computer offers no { $choice }: there are { $first } to { $last }
whole-asks-for = it asks for { $what }, which this program cannot do
whole-published-configuration = Use the configuration that was published with the model.
whole-not-understood = it cannot be understood ({ $key })
whole-another-model = Choose another model.
whole-mix-length = write usual, as-mixed, or a length such as 0.4 (0.4,0.9 for two text encoders)
whole-line-without-place = line { $number } (“{ $line }”) has no place for the word
whole-one-sentence = Write at least one sentence with { $place } where the word belongs.
whole-no-method = “{ $name }” is no method
whole-shares-are-estimates = These shares are an estimate by a model (CLIP) that has biases of its own, from few pictures: read them beside the pictures, and with their intervals.
whole-began-unsaid = The word does not say what it began as, so CLIP has nothing to begin from
whole-leave-out-clip-word = Leave out --clip-word, or name the run that learned the word.
whole-values-changed = values that cannot be used were changed: { $changed }
whole-to-usual = { $key } to what is usual
whole-could-not-start = the engine could not be started ({ $why })
whole-files-without-word = { $count } files hold no word that can be used: { $files }.
whole-unread-captions = { $count } captions cannot be read and are left out: { $files }.
whole-learning = learning
whole-comparing-alone = comparing

# base/aside.rs
said-it-is-kept-beside-as-correct = { $a }: { $fault }. It is kept beside as { $name }; correct it in a text editor and give it its name back, or delete it.
said-it-is-kept-as = { $fault } It is kept as { $a }.
said-it-could-not-be-kept-beside = { $fault } It could not be kept beside its place: { $error }
said-it-stays-as-it-is-use = It stays as it is: use that version, or move the file elsewhere and begin a new one.

# base/claim.rs
said-another-pseudoword-is-in-this-folder = another Pseudoword{ $a } is { $doing } in this folder
said-wait-for-it-or-stop-it = Wait for it, or stop it, or choose another folder.

# base/error.rs
said-cannot = Cannot { $action } { $a }: { $fault }. { $remedy }
said-stopped-as-asked = Stopped as asked.
said-something-went-wrong-inside-pseudoword-your = Something went wrong inside Pseudoword: { $a }. Your files are as they were at the last save; please report this.
said-check-that-it-exists-and-that = Check that it exists and that you may read it.
said-check-that-the-folder-exists-that = Check that the folder exists, that you may write there and that the disk is not full.
said-it-is-a-folder-not-a = it is a folder, not a file
said-name-a-file = Name a file.
said-is-a-file-not-a-folder = { $it } is a file, not a folder
said-choose-a-folder-or-another-name = Choose a folder, or another name.
said-nothing-can-be-made-there = nothing can be made there
said-choose-another-place = Choose another place.
said-check-the-path-and-that-the = Check the path, and that the drive it is on is connected.
said-there-is-no-folder = there is no folder { $a }

# base/json.rs
said-it-is-not-readable-as-json = it is not readable as JSON ({ $error })

# base/places.rs
said-this-is-neither-a-file-nor = this is neither a file nor a folder, but a pipe or a device
said-write-it-to-a-file-first = Write it to a file first.
said-this-folder-holds-other-files = this folder holds other files already, such as { $name }

# base/stranger.rs
said-it-begins-with-nothing-but-zeros = it begins with nothing but zeros, so its download or copy was never finished
said-it-is-in-which-the-file = it is { $archive }, in which the file may be
said-unpack-it-and-choose-the-file = Unpack it, and choose the file inside.
said-it-is-which-cannot-be-read = it is { $what }, which cannot be read
said-it-is = it is { $a }
said-download-or-copy-it-again-complete = Download or copy it again, complete.
said-choose-the-model-as-a-safetensors = Choose the model as a .safetensors or .ckpt file, or as a folder in diffusers' layout.
said-choose-the-file-of-a-learned = Choose the file of a learned word: .safetensors, .pt, .bin, or a PNG card.
said-choose-a-picture-or-save-this = Choose a picture, or save this one as PNG or JPEG.
said-check-that-it-is-the-right = Check that it is the right file.
said-its-ending-says-that-its-download = its ending .{ $ending } says that its download has not come to its end
said-its-download-has-not-come-to = its download has not come to its end: { $a }.{ $ending } lies beside it
said-let-the-download-finish-or-start = Let the download finish, or start it again.
said-it-is-an-svg-drawing-which = it is an SVG drawing, which cannot be read
said-it-is-the-text-of-a = it is the text of a program
said-it-is-a-text-file-json = it is a text file (JSON)
said-it-is-a-text-file = it is a text file
said-it-is-only-the-note-that = it is only the note that Git leaves in place of a large file (a Git LFS pointer)
said-fetch-the-file-itself-with-git = Fetch the file itself with “git lfs pull”, or download it from its page.
said-it-is-only-the-note-that-git = it is only the note that git-annex leaves in place of a large file
said-fetch-the-file-itself-with-git-annex = Fetch the file itself with “git annex get”, or download it from its page.
said-it-is-a-web-page-that = it is a web page that was saved in place of the file
said-open-its-page-in-a-browser = Open its page in a browser, log in if it asks you to, and use its own download button.
said-it-is-only-a-link-to = it is only a link to where the file can be had
said-follow-the-link-and-download-the = Follow the link, and download the file itself.
said-it-is-a-torrent-a-list = it is a torrent, a list of where the file can be had
said-open-it-with-a-program-for = Open it with a program for torrents, and choose the file that this fetches.
said-open-its-page-in-a-browser-log = Open its page in a browser, log in, accept its terms if it has any, and download it again.
said-it-is-a-servers-message-that = it is a server's message that the file is not given to everybody, saved in its place
said-it-is-a-servers-message-that-there = it is a server's message that there is no such file, saved in its place
said-check-the-address-and-download-the = Check the address, and download the file again.
said-it-is-a-servers-error-message = it is a server's error message, saved in place of the file
said-download-the-file-again-best-with = Download the file again, best with the download button of its page.
said-an-archive-zip = an archive (zip)
said-an-archive-7z = an archive (7z)
said-an-archive-rar = an archive (rar)
said-a-compressed-file-gzip = a compressed file (gzip)
said-a-compressed-file-xz = a compressed file (xz)
said-a-compressed-file-zstd = a compressed file (zstd)
said-a-compressed-file-bzip2 = a compressed file (bzip2)
said-an-archive-cab = an archive (cab)
said-an-archive-tar = an archive (tar)
said-a-file-of-numbers-safetensors-a = a file of numbers (safetensors): a model, a learned word or an addition to a model
said-a-file-of-pytorchs-a-model = a file of PyTorch's: a model, a learned word or an addition to a model
said-a-picture-png = a picture (PNG)
said-a-picture-jpeg = a picture (JPEG)
said-a-picture-gif = a picture (GIF)
said-a-picture-webp = a picture (WebP)
said-a-picture-tiff = a picture (TIFF)
said-a-gguf-file-whose-numbers-are = a GGUF file, whose numbers are made too coarse to learn a word on, for another program
said-an-onnx-file-a-network-prepared = an ONNX file, a network prepared for another program, which cannot be learned on
said-an-hdf5-file-keras-which-is = an HDF5 file (Keras), which is not read here
said-a-file-of-numpys-npy-which = a file of NumPy's (.npy), which is not read here
said-a-tensorflow-lite-file-a-network = a TensorFlow Lite file, a network prepared for phones
said-a-tensorrt-engine-a-network-prepared = a TensorRT engine, a network prepared for one graphics card
said-a-pdf-document = a PDF document
said-a-program = a program
said-a-database = a database
said-a-sound = a sound

# base/stranger/pictures.rs
said-an-svg-drawing = an SVG drawing
said-a-raw-photo = a raw photo
said-a-jpeg-xl-picture = a JPEG XL picture
said-a-jpeg-2000-picture = a JPEG 2000 picture
said-a-jpeg-xr-picture = a JPEG XR picture
said-a-photoshop-document = a Photoshop document
said-a-gimp-document = a GIMP document
said-an-openexr-picture = an OpenEXR picture
said-an-hdr-picture = an HDR picture
said-a-qoi-picture = a QOI picture
said-a-dds-texture = a DDS texture
said-a-bigtiff-picture = a BigTIFF picture
said-an-avif-picture = an AVIF picture
said-a-heic-picture = a HEIC picture

# base/system.rs
said-check-that-the-drive-is-connected = Check that the drive is connected and well, or choose a folder on another one.
said-there-is-no-room-left-on = there is no room left on the disk
said-make-room-there-or-choose-a = Make room there, or choose a folder on another disk.
said-your-share-of-the-disk-is = your share of the disk is used up
said-the-system-does-not-permit-it = the system does not permit it
said-check-who-may-read-and-write = Check who may read and write there, or choose another place.
said-the-disk-can-only-be-read = the disk can only be read
said-choose-a-folder-on-another-disk = Choose a folder on another disk, or unlock this one.
said-there-is-no-such-file-or = there is no such file or folder
said-a-part-of-its-path-is = a part of its path is a file, not a folder
said-something-of-that-name-is-there = something of that name is there already
said-choose-another-name = Choose another name.
said-the-folder-is-not-empty = the folder is not empty
said-choose-another-folder-or-empty-this = Choose another folder, or empty this one.
said-its-name-is-too-long-for = its name is too long for this disk or system
said-choose-a-shorter-name-or-a = Choose a shorter name, or a folder nearer to the top of the disk.
said-the-disk-or-the-system-takes = the disk or the system takes no such name
said-choose-a-name-of-letters-and = Choose a name of letters and digits, or a folder on another disk.
said-the-file-would-be-larger-than = the file would be larger than the disk or the system allows
said-choose-a-folder-on-another-disk-one = Choose a folder on another disk: one with the FAT32 format takes 4 GB at most.
said-another-program-is-using-it = another program is using it
said-close-it-there-then-try-again = Close it there, then try again.
said-too-many-files-are-open-at = too many files are open at once
said-close-other-programs-then-try-again = Close other programs, then try again.
said-the-computer-has-too-little-free = the computer has too little free memory for it
said-the-drive-itself-fails-to-read = the drive itself fails to read or write it
said-copy-what-you-can-to-another = Copy what you can to another drive: this one, or its cable, may be breaking.
said-the-drive-is-not-there-any = the drive is not there any more
said-the-network-or-the-network-drive = the network or the network drive does not answer
said-its-links-lead-in-a-circle = its links lead in a circle
said-remove-the-link-that-leads-back = Remove the link that leads back to itself.
said-the-drive-cannot-do-this = the drive cannot do this
said-choose-a-folder-on-another-disk-b = Choose a folder on another disk.
said-the-virus-scanner-stops-it = the virus scanner stops it
said-look-at-what-the-virus-scanner = Look at what the virus scanner reports, or choose another folder.
said-the-service-that-keeps-it-in = the service that keeps it in the cloud does not give it
said-let-the-service-keep-it-on = Let the service keep it on this computer, or choose a folder of this computer.

# base/text_file.rs
said-save-it-again-as-utf-8 = Save it again as UTF-8 (“Unicode”) text.
said-it-is-not-text-in-utf = it is not text in UTF-8 or UTF-16
said-it-is-longer-than-bytes = it is longer than { $largest } bytes, far too long for a file of its kind

# project/author.rs
said-someone-who-gave-no-name = someone who gave no name

# project/checkpoint.rs
said-put-a-whole-copy-in-its = Put a whole copy in its place, or take another step.
said-this-checkpoint-is-damaged = this checkpoint is damaged ({ $fault })
said-it-has-no-counters = it has no counters
said-its-layout-is-from-another-version = its layout { $a } is from another version
said-is-missing = { $name } is missing
said-the-vectors-are-not-a-table = the vectors are not a table
said-its-tables-differ-in-size = its tables differ in size
said-its-checksum-is-wrong = its checksum is wrong

# project/comparison.rs
said-there-is-no-point-of-on = There is no point of { $method } on { $concept }: { $reason }
said-is-left-out = { $concept } is left out: { $reason }
said-run-the-comparison-again = Run the comparison again.

# project/comparison/plan.rs
said-there-is-nothing-to-compare = There is nothing to compare
said-name-a-concept-and-a-method = Name a concept and a method.
said-two-concepts-are-called = Two concepts are called { $a }
said-give-the-folder-of-one-of = Give the folder of one of them another name.
said-there-are-no-captions-of-for = There are no captions of { $a } for { $baseline }
said-name-a-file-of-them-with = Name a file of them with --{ $baseline }.
said-holds-a-comparison-with = { $a } holds a comparison with { $what }
said-give-the-settings-that-it-was = Give the settings that it was begun with, or choose another folder.
said-the-model = the model { $a }
said-other-settings-for-the-scores = other settings for the scores
said-other-settings-of-the-method = other settings of the method { $a }
said-another-concept-or-other-captions-called = another concept or other captions called { $a }

# project/concept.rs
said-write-it-like-cat-toy-letters = Write it like <cat-toy>: letters of any script, digits, “-”, “_” or “.”.
said-the-new-word-is-empty = The new word is empty
said-the-new-word-has-characters-is = The new word has { $length } characters; { $max_characters } is the most
said-the-new-word-contains-a-space = The new word “{ $a }” contains a space or an invisible character (U+{ $b }), which would split it in a prompt
said-the-new-word-contains-which-means = The new word “{ $word }” contains “{ $c }”, which means something else in prompts or file names
said-the-new-word-has-an-angle = The new word “{ $word }” has an angle bracket that is not part of one pair around it
said-the-new-word-has-nothing-between = The new word “{ $word }” has nothing between its brackets
said-the-new-word-has-twice = The new word “{ $word }” has “__” twice, which prompts read as the name of a list to draw from
said-the-new-word-is-only-a = The new word “{ $word }” is only a number, which prompts already use
said-there-is-no-initial-word = There is no initial word
said-name-with-one-or-two-common = Name with one or two common words what the pictures show, for example “cat” or “watercolor”.

# project/dataset.rs
said-no-picture-is-switched-on-there = No picture is switched on: there is nothing to learn from.
said-pictures-are-many-about-five-different = { $count } pictures are many: about five different views make a word that is easiest to use.
said-has-only-pixels-where-are-learned = { $name } has only { $side } where { $resolution } are learned; it will look soft.
said-is-the-same-picture-as = { $a } is the same picture as { $b }.
said-here-or-in-the-other-places = here or in the other places
said-in-this-folder = in this folder
said-there-is-no-picture-only-in = there is no picture { $here }, only in folders inside it, such as { $name }
said-choose-that-folder-those-inside-are = Choose that folder: those inside are not looked into.
said-this-is-not-a-picture = this is not a picture
said-choose-one-that-is-saved = Choose one that is saved
said-there-is-no-picture = there is no picture { $here }
said-put-three-to-five-pictures-in = Put three to five pictures in it,
said-is-a-film = { $name } is a film
said-save-frames-of-it = Save frames of it
said-is-in-a-format-that-cannot = { $name } is in a format that cannot be read
said-save-it = Save it
said-there-is-no-picture-only-films = there is no picture { $here }, only films (such as { $name })
said-save-frames-of-them = Save frames of them
said-the-pictures-such-as-are-in = the pictures { $here } (such as { $name }) are in a format that cannot be read
said-save-them = Save them
said-as-png-jpeg-webp-bmp-gif = { $start } as PNG, JPEG, WebP, BMP, GIF or TIFF.

# project/dataset/faults.rs
said-of-pictures-cannot-be-used-and = { $a } of { $of } pictures cannot be used and { $are } left out: { $b }.
said-of-pictures-cannot-be-used = { $a } of { $of } pictures cannot be used: { $b }
said-save-them-again-from-their-originals = Save them again from their originals, or remove them.

# project/dataset/listing.rs
said-choose-pictures-or-the-folder-that = Choose pictures, or the folder that holds them.
said-there-is-no-such-folder-or = there is no such folder or file
said-1-was-left-out-save-it = 1 { $what } was left out: { $names }; save { $how }it as JPEG.
said-s-were-left-out-save-them = { $count } { $what }s were left out: { $names }; save { $how }them as JPEG.

# project/dataset/permission.rs
said-leave-out-what-you-have-no = Leave out what you have no right to, or say on record why you may: beside the pictures in the window, or with --despite-mark "REASON".
said-it-is-marked-against-learning-from = it is marked against learning from it ({ $marks })
said-of-pictures-are-marked-against-learning = { $count } of { $of } pictures are marked against learning from them: { $named }{ $more }

# project/edit.rs
said-write-the-pixels-at-the-left = write the pixels at the left, top, right and bottom, such as 0,0,128,0

# project/edited.rs
said-this-history-was-written-by-a = this history was written by a later version of Pseudoword
said-open-it-with-that-version = Open it with that version.
said-this-history-names-files-outside-of = this history names files outside of its folder
said-open-the-picture-anew = Open the picture anew.

# project/evaluation/captions.rs
said-does-not-have-one-place-for = “{ $prompt }” does not have one place for the word
said-put-once-in-each-line-where = Put { $a } once in each line, where the word belongs.
said-describe-what-the-pictures-show-in = Describe what the pictures show in 1 to { $most } words.
said-a-caption-is-empty = A caption is empty
said-the-caption-has-words = The caption “{ $begin } …” has { $count } words
said-there-is-no-sentence-in-this = there is no sentence in this file
said-write-one-a-line = Write one a line.

# project/files.rs
said-correct-it-with-a-text-editor = Correct it with a text editor.
said-cannot-be-written-as-toml = cannot be written as TOML: { $a }
said-give-every-file-and-folder-a = Give every file and folder a name in Unicode.
said-line = line { $line }: { $message }

# project/generate.rs
said-pixels-enlarged-times-are-more-than = { $longest } pixels, enlarged { $a } times, are more than { $longest2 }
said-choose-a-smaller-size-or-enlarge = Choose a smaller size, or enlarge less.
said-seed-is-too-large-for-that = seed is too large for that many pictures
said-choose-a-smaller-seed = Choose a smaller seed.
said-number-of-preview-prompts = number of preview.prompts
said-the-preview-prompt-has-no-place = The preview prompt “{ $prompt }” has no place for the word
said-put-where-the-word-belongs = Put { $a } where the word belongs.

# project/going_on.rs
said-steps-is-not-taken-the-run = --steps { $a } is not taken: the run has taken { $taken } already, so it ends there.
said-nothing-changes-the-run-ends-after = Nothing changes: the run ends after { $taken }. Ask for more with --steps.
said-from-step-on = From step { $a } on: { $b }.
said-the-held-out-loss-is-measured = The held-out loss is measured otherwise from here on: compare it only with itself.
said-is-not-taken = --{ $option } { $wanted } is not taken: { $why }
said-this-run-learns-for-another-word = this run learns { $a }. For another word begin a run of its own.
said-the-word-has-begun-as-already = the word has begun as “{ $a }” already.
said-the-run-was-begun-with-kind = the run was begun with --kind { $a }.
said-a-word-goes-on-only-with = a word goes on only with the model it was begun on, { $a }.
said-its-own-number = its own number
said-vectors-is-not-taken-the-word = --vectors { $wanted } is not taken: the word keeps the vectors it has, { $own }.
said-another-start-is-not-taken-the = Another start is not taken: the word has begun already, from its { $own }.
said-clip-is-not-taken-scores-of = --clip is not taken: scores of two CLIPs cannot be compared with each other.
said-seed-is-not-taken-what-the = --seed { $wanted } is not taken: what the run draws goes on from the seed it was begun with, { $own }.
said-embedded-captions-is-not-taken-the = --embedded-captions is not taken: the pictures keep the captions that the run was begun with.
said-suggest-masks-is-not-taken-the = --suggest-masks is not taken: the pictures keep the masks that the run was begun with.
said-method-is-not-taken-the-run = --method { $wanted } is not taken: the run was begun with --method { $own }.
said-add-vector-at-and-with-images = --add-vector-at and --with-images, --with-word, --with-init are not taken: the run keeps what it was begun with.
said-negative-vectors-is-not-taken-the = --negative-vectors { $wanted } is not taken: the word keeps the negative vectors it was begun with, { $negative }.
said-first-resolution-and-first-part-are = --first-resolution and --first-part are not taken: the pictures grow as the run was begun with.
said-preset-is-not-taken-a-recipe = --preset { $preset } is not taken: a recipe is for a whole run. Give the settings you want one by one.
said-the-run-keeps-the-pictures-it = the run keeps the { $pictures } it was begun with
said-for-other-pictures-begin-a-run = For other pictures begin a run of its own.
said-and-more-are = { $first } and { $more } more are
said-images-is-not-taken-and-not = --images is not taken: { $keeps }, and { $first } not among these as when it began. { $own_run }
said-for-the-others = for the others
said-images-is-not-taken = --images is not taken{ $part }: { $keeps }. { $own_run }
said-learning-rate = learning rate { $a }
said-previews-drawn-otherwise = previews drawn otherwise
said-by-itself = { $a } by itself
said-is-not-taken-the-run-keeps = { $option } is not taken: the run keeps the rights, author and licence it was begun with.

# project/grid.rs
said-is-no-seed = “{ $part }” is no seed: { $fault }
said-write-seeds-with-commas-between-them = Write seeds with commas between them.
said-the-side-of-the-grid-has = The side “{ $a }” of the grid has no values
said-write-some-such-as = Write some, such as { $a }.
said-the-side-of-the-grid-has-more = The side “{ $a }” of the grid has more than { $most_cells } values
said-write-fewer = Write fewer.
said-a-word-of-the-grid-has = A word of the grid has no name
said-name-the-word-such-as-cat = Name the word, such as <cat>.
said-a-side-of-prompt-parts-needs = A side of prompt parts needs the words that are replaced, and what they are replaced by
said-write-them-in-this-order-such = Write them in this order, such as { $a }.
said-neither-prompt-has-which-the-grid = Neither prompt has “{ $first }”, which the grid is to replace
said-begin-the-list-with-words-just = Begin the list with words just as they stand in the prompt.
said-is-no = “{ $value }” is no { $name }
said-write-numbers-such-as = Write numbers such as { $example }.
said-1-2-3-or-1-3 = 1, 2, 3 or 1-3
said-0-6-1-1-4-or = 0.6, 1, 1.4 or 0.6-1.4 [5]
said-3-5-7-5-or-3 = 3, 5, 7.5 or 3-9 (+2)
said-both-sides-of-the-grid-are = Both sides of the grid are “{ $a }”
said-choose-another-kind-for-one-of = Choose another kind for one of them.
said-a-grid-of-words-has-no = A grid of words has no training steps, which are those of one word
said-choose-another-kind-for-one-of-the = Choose another kind for one of the sides.
said-the-grid-has-pictures = The grid has { $a } pictures
said-choose-fewer-values-pictures-at-most = Choose fewer values: { $most_cells } pictures at most.
said-choose-the-file-that-was-saved = Choose the file that was saved with a grid, or correct it with a text editor.

# project/into_range.rs
said-strength-of-enlarging = strength of enlarging
said-number-of-pictures = number of pictures
said-pictures-drawn-together = pictures drawn together
said-weights-of-loras = weights of LoRAs
said-from-to = { $name } from { $old } to { $new }

# project/invert.rs
said-number-of-prompts-to-draw = number of prompts to draw
said-number-of-guidances = number of guidances

# project/lineage.rs
said-was-learned-on-and-this-model = { $word } was learned on { $a }, and this model comes from { $b }: it may look less like what was learned.

# project/lora.rs
said-the-weight-of-a-lora = the weight of a LoRA
said-name-the-file-of-a-lora = name the file of a LoRA, such as style.safetensors:0.8

# project/losses.rs
said-repair-or-remove-that-line-with = Repair or remove that line with a text editor.
said-lines-of-this-curve-cannot-be = lines of this curve cannot be read, and it goes on without them

# project/lr.rs
said-a-learning-rate-a-number-a = a learning rate: a number, a text such as "0.005:100, 1e-3", or a table
said-a-learning-rate-of-cannot-be = A learning rate of { $lr } cannot be used
said-choose-a-number-above-0-and = Choose a number above 0 and at most { $max_lr }; 0.005 is usual.
said-from-down-to = from { $start } down to { $end }
said-the-learning-rate-cannot-be-read = The learning rate “{ $text }” cannot be read: in “{ $part }” { $why }
said-write-it-like-0-005-100 = Write it like 0.005:100, 1e-3:1000, 1e-5 (rate:until-step, the last rate runs to the end).
said-nothing-can-follow-a-rate-that = nothing can follow a rate that runs to the end
said-the-rate-is-not-a-number = the rate is not a number
said-the-rate-must-be-above-0 = the rate must be above 0 and at most 10
said-the-step-is-not-a-whole = the step is not a whole number
said-the-step-must-be-larger-than = the step must be larger than the one before it
said-there-is-no-rate = there is no rate

# project/mask.rs
said-mask-of-x = Mask of { $a } x { $b }

# project/meaning.rs
said-the-attribute-has-nothing-beside-it = The attribute “{ $a }” has nothing beside it to be told from
said-write-groups-of-at-least-two = Write groups of at least two, such as 'red,green,blue;hat,no hat'.
said-no-attribute-is-named = No attribute is named
said-write-groups-of-them-such-as = Write groups of them, such as 'red,green,blue'.

# project/method_settings.rs
said-write-1-to-whole-numbers-that = Write 1 to { $a } whole numbers that rise, such as 2000, 4000.
said-add-vector-at-cannot-be-read = add_vector_at “{ $text }” cannot be read: { $why }
said-is-no-step = “{ $part }” is no step
said-it-names-steps = it names { $a } steps
said-each-step-must-be-above-the = each step must be above the one before, and the first above 0
said-a-growing-word-begins-with-one = A growing word begins with one vector, and more are asked for
said-leave-out-vectors-and-say-with = Leave out --vectors, and say with --add-vector-at when further ones come.
said-context-weight-compares-sentences-of-one = context_weight compares sentences of one length, and a growing word makes them longer
said-set-it-to-0-or-choose = Set it to 0, or choose another method.
said-two-words-need-the-pictures-the = Two words need the pictures, the word and the plain word of the other thing.
said-is-missing-b = --{ $missing } is missing

# project/mix.rs
said-there-are-no-words-to-mix = There are no words to mix
said-name-one-or-more-or-a = Name one or more, or a sentence.
said-at-least = at least { $least }
said-at-most = at most { $most }
said-takes-words-and-there-are = “{ $a }” takes { $wanted } words, and there are { $count }
said-add-or-leave-out-some-or = Add or leave out some, or mix them in another way.
said-a-sentence-is-empty = A sentence is empty
said-write-one-or-more-words-that = Write one or more words that the model knows.
said-a-weight-is-beyond = A weight is beyond { $heaviest }
said-most-weights-are-between-1-and = Most weights are between -1 and 1.
said-is-no-part-of-the-way = { $a } is no part of the way
said-write-a-number-from-0-the = Write a number from 0, the first word, to 1, the second.
said-a-word-of-no-vectors-says = A word of no vectors says nothing
said-make-it-1-or-more = Make it 1 or more.
said-there-is-no-vector-0 = There is no vector 0
said-they-are-counted-from-1 = They are counted from 1.

# project/named_enum.rs
said-is-not-a = “{ $wanted }” is not a { $a }
said-choose-one-of = Choose one of: { $a }.

# project/options.rs
said-no-setting-is-called = no setting is called { $key }
said-write-two-whole-numbers-with-between = write two whole numbers with { $sign } between them
said-a-seed-is-a-whole-number = a seed is a whole number from 0 to { $max_seed }, or -1 for a random one
said-such-as-512x768 = { $fault }, such as 512x768
said-or = { $below } or { $above }
said-is = { $field } is { $value }
said-choose-a-value-from-to = Choose a value from { $min } to { $max }.
said-choose-a-value-from-0-to = Choose a value from 0 to below 1.
said-choose-a-multiple-of-8-from = Choose a multiple of 8 from 8 to 4096, such as { $near }.

# project/picture.rs
said-the-mask-or-the-transparency-leaves = the mask, or the transparency, leaves nothing of the picture to learn
said-make-white-or-opaque-what-should = Make white (or opaque) what should be learned, or move the crop.
said-choose-a-square-inside-of-the = Choose a square inside of the picture.
said-the-chosen-crop-lies-outside-of = the chosen crop lies outside of the picture
said-this-picture-is-too-large-x = this picture is too large ({ $width } x { $height } pixels)
said-make-it-smaller-2000-pixels-are = Make it smaller; 2000 pixels are plenty.
said-this-picture-is-cut-off-its = this picture is cut off: its end is missing
said-copy-it-again-from-the-original = Copy it again from the original, or remove it.
said-this-picture-has-no-pixels = this picture has no pixels
said-replace-it = Replace it.
said-this-picture-is-too-large-mib = this picture is too large ({ $a } MiB)
said-this-picture-is-too-large = this picture is too large
said-this-picture-is-damaged = this picture is damaged
said-save-it-again-from-the-original = Save it again from the original, or remove it.
said-this-file-is-empty = this file is empty
said-this-kind-of-cannot-be-read = this kind of { $kind } cannot be read
said-save-it-as-png-or-jpeg = Save it as PNG or JPEG.
said-this-is-not-a-picture-in = this is not a picture in a format that can be read
said-save-it-as-png-jpeg-webp = Save it as PNG, JPEG, WebP, BMP, GIF or TIFF.
said-this-mask-is-x-pixels-its = this mask is { $w } x { $h } pixels, its picture (upright) { $width } x { $height }
said-give-the-mask-the-proportions-of = Give the mask the proportions of the picture.

# project/picture/marks.rs
said-iptc-data-mining = IPTC data mining: { $a }
said-iptc-data-mining-prohibited = IPTC data mining: prohibited
said-text-and-data-mining-reserved-tdmrep = text and data mining reserved (TDMRep)
said-not-allowed = not allowed
said-under-conditions-only = under conditions only

# project/picture/outline.rs
said-the-picture-is-too-small-or = The picture is too small or too narrow to find a thing in it.
said-nothing-stands-out-clearly-from-what = Nothing stands out clearly from what is around it: paint over it by hand.

# project/picture/tiff.rs
said-this-kind-of-tiff = this kind of TIFF
said-samples-of-this-kind = samples of this kind

# project/prompt_list.rs
said-write-one-prompt-a-line-or = Write one prompt a line, or a table with a heading of some of: { $columns }.
said-it-has-no-prompts = it has no prompts
said-it-has-prompts-more-than = it has { $count } prompts, more than { $most }
said-it-is-no-table = it is no table ({ $error })
said-line-has-more-columns-than-the = line { $line } has more columns than the heading; put a text with commas in quotes
said-is-no-number-that-fits = “{ $value }” is no number that fits
said-line-there-is-no-setting = line { $line }: there is no setting “{ $name }”
said-stands-below-no-heading = “{ $value }” stands below no heading
said-line-this-heading-has-no-column = line { $line }: this heading has no column “prompt”
said-line-there-are-two-columns = line { $line }: there are two columns “{ $name }”

# project/refinements.rs
said-first-resolution-is-but-the-pictures = first_resolution is { $first }, but the pictures are learned at { $resolution } in the end
said-choose-a-first-size-of-at = Choose a first size of at most { $resolution }, or none.

# project/rows.rs
said-it-holds-too-few-vectors-where = it holds too few vectors, { $all } where run.toml says { $least } at least
said-its-vectors-are-numbers-wide-and = its vectors are { $width } numbers wide, and those of the model in run.toml are { $expected }

# project/run.rs
said-is-where-the-run-keeps-its = { $a } is where the run { $b } keeps its checkpoints
said-choose-another-folder-the-run-goes = Choose another folder: the run goes on from these.
said-this-run-has-no-checkpoint-yet = this run has no checkpoint yet
said-let-it-learn-until-its-first = Let it learn until its first checkpoint.
said-its-only-checkpoint-cannot-be-used = its only checkpoint cannot be used ({ $fault })
said-none-of-its-checkpoints-can-be = none of its { $count } checkpoints can be used ({ $fault })
said-put-a-whole-copy-of-one = Put a whole copy of one in its place, or begin a run in another folder.
said-resume-that-run-or-choose-another = Resume that run, or choose another folder.
said-this-folder-already-holds-a-run = this folder already holds a run
said-choose-the-folder-that-learn-wrote = Choose the folder that “learn” wrote to.
said-this-is-a-file-not-the = this is a file, not the folder of a run
said-this-folder-is-not-a-run = this folder is not a run: it has no run.toml
said-this-run-was-made-by-a = this run was made by a newer version of Pseudoword
said-update-pseudoword-to-open-it = Update Pseudoword to open it.
said-this-checkpoint-belongs-to-step = this checkpoint belongs to step { $a }
said-give-the-file-its-own-name = Give the file its own name again.
said-put-the-runs-own-checkpoint-or = Put the run's own checkpoint or its own run.toml back.
said-no-step-of-it-was-kept = No step of it was kept yet.
said-take-step-the-only-one-that = Take step { $one }, the only one that was.
said-take-one-of-these = Take one of these: { $a }.
said-take-one-of-the-from-to = Take one of the { $count } from { $first } to { $last }; the nearest are { $a }.
said-step-was-not-kept-in-this = step { $step } was not kept in this run
said-it-is-kept-beside-as = { $a }: { $fault }. It is kept beside as { $name }.

# project/settings.rs
said-name-the-file-of-a-learned = Name the file of a learned word, or begin from the initial word.
said-start-names-no-file-to-begin = start names no file to begin from
said-timesteps-is = timesteps is [{ $first }, { $end }]
said-choose-two-numbers-from-0-to = Choose two numbers from 0 to 1000, the smaller one first.

# project/sharing.rs
said-a-abstract-aesthetic-amber-and-animal = a abstract aesthetic amber and animal anime apple art artist background ball bear beautiful bed big bird black blue boat body book bottle bowl boy bright building camera car cartoon castle cat chair cinematic city clock clothes cloud color colour comic concept cow cup cute dark day digital dog doll dragon drawing dress eye eyes face fantasy fire flower food forest fox frog fruit garden girl glass gold gray green grey hair hand hands happy hat head horse house illustration image in ink jewelry king knight lamp landscape light line lion little logo lora man mask model moon mountain mouse mug nature night of old on owl painting paper person photo photograph pink pixel plant plate portrait poster pot purple queen rabbit red retro robot room rose sad sculpture sea shape shirt shoe shoes silver sketch sky small snow sphere square star statue stone street style sun sunset teapot texture the toy tree vase watercolor watercolour water white with wizard wolf woman wood word yellow young
said-its-vectors-have-numbers-where-stable = Its vectors have { $a } numbers, where Stable Diffusion 1 has 768, 2 has 1024 and XL has 768 and 1280. It is only of use with the model it was learned on.
said-comfyui-takes-a-name-of-digits = ComfyUI takes a name of digits for a weight: give the file a name with a letter.
said-its-name-is-an-ordinary-word = Its name is an ordinary word, which AUTOMATIC1111 would replace in every prompt: rename the file.
said-invokeai-knows-only-names-of-plain = InvokeAI knows only names of plain letters, digits, “.”, “_” and “-”: rename the file for it.

# project/study.rs
said-take-the-folder-of-the-set = Take the folder of the set anew from who made it.
said-there-is-no-question-in-it = there is no question in it
said-a-question-in-it-has-too = a question in it has too few pictures, or too many
said-it-names-pictures-outside-of-its = it names pictures outside of its folder
said-this-key-belongs-to-another-set = this key belongs to another set of questions
said-there-is-something-in-already = There is something in { $a } already
said-choose-a-new-folder = Choose a new folder.

# project/study/answers.rs
said-somebody = somebody
said-somebody-b = somebody { $n }
said-ask-its-sender-for-it-again = Ask its sender for it again.
said-these-are-answers-to-other-questions = these are answers to other questions
said-choose-the-set-that-they-belong = Choose the set that they belong to.

# project/study/make.rs
said-has-no-pictures-of-two-methods = { $a } has no pictures of two methods to be compared
said-let-the-comparison-go-on-or = Let the comparison go on, or choose other methods.
said-pictures-that-cannot-be-read-are = Pictures that cannot be read are not asked about: { $names }.
said-there-are-pictures-for-only-questions = There are pictures for only { $a } questions.
said-no-picture-says-its-prompt-so = No picture says its prompt, so all questions are of likeness.
said-some-questions-compare-methods-the-others = Some questions compare { $least } methods: the others have no such picture.
said-the-comparison-has-no-pictures-of = The comparison has no pictures of the method { $unknown }
said-it-has = It has: { $a }.
said-choose-at-most-more-are-hard = Choose { $candidates } at most: more are hard to rank.
said-methods-were-named = { $a } methods were named

# project/tune.rs
said-choose-a-value-above-0-most = Choose a value above 0, up to { $most }.
said-every-number-is-learned-and-with = Every number is learned, and with --weights 8bit they are only nearly there
said-leave-out-weights-or-use-kind = Leave out --weights, or use --kind lora.
said-the-sentence-has-no-place-for = The sentence “{ $a }” has no place for the word

# project/verdict.rs
said-its-pictures-are-the-most-like = its pictures are the most like yours while they obey (likeness { $a }, obedience { $b })
said-it-explains-what-was-kept-out = it explains what was kept out best (loss { $loss })
said-the-pictures-have-not-come-closer = The pictures have not come closer to yours since step { $a }: the word is learned.
said-the-word-has-hardly-changed-anything = The word has hardly changed anything for { $window } steps: it is learned.
said-the-word-has-grown-times-as = The word has grown { $times } times as long as the longest usual ones and drowns the rest of its sentence. Learn with the turning movement (--optimizer directional), or a slower rate.
said-its-pictures-come-closer-to-what = Its pictures come closer to what is around your thing than to the thing itself. Use pictures with different surroundings, or masks.
said-it-draws-your-pictures-again-whatever = It draws your pictures again whatever else is asked: likeness rises while obedience falls. Take an earlier step, fewer vectors, or fewer steps.

# format/checkpoint/convert.rs
said-it-can-be-used-as-it = It can be used as it is.
said-this-is-a-safetensors-file-already = this is a safetensors file already
said-the-model-takes-but-only-are = The model takes { $needed }, but only { $free } are free in { $folder }
said-choose-a-folder-on-another-disk-or = Choose a folder on another disk, or make room.

# format/checkpoint/detect.rs
said-this-is-which-cannot-learn-a = this is { $kind }, which cannot learn a word here
said-an-inpainting-model-its-u-net = an inpainting model (its U-Net takes 9 channels)
said-a-model-that-edits-pictures-by = a model that edits pictures by instructions (its U-Net takes 8 channels)
said-a-depth-to-image-model-its = a depth-to-image model (its U-Net takes 5 channels)
said-another-kind-of-model-its-u = another kind of model (its U-Net takes { $other } channels)
said-a-stable-diffusion-xl-refiner-it = a Stable Diffusion XL refiner (it lacks the first text encoder)
said-a-cut-down-stable-diffusion-xl = a cut-down Stable Diffusion XL such as SSD-1B or Segmind Vega
said-no-model-of-a-known-kind = no model of a known kind
said-this-is = this is { $kind }: { $fault }
said-it-holds-a-u-net-but = it holds a U-Net but no text encoder, so it is only a part of a model
said-a-model-with-another-text-encoder = a model with another text encoder than its U-Net is known with
said-this-is-a-learned-word-an = this is a learned word (an embedding), not a model
said-it-holds-only-averaged-copies-of = it holds only averaged copies of its weights (EMA), which are not read
said-it-holds-no-u-net-of = it holds no U-Net of Stable Diffusion, so it is no model that is known here
said-its-weights-are-in-8-bits = its weights are in 8 bits with scales of their own, which are not read here
said-its-weights-are-quantised-too-coarse = its weights are quantised ({ $odd }), too coarse to learn a word on

# format/checkpoint/folder.rs
said-choose-a-text-to-image-model = Choose a text-to-image model of Stable Diffusion 1, 2 or XL or of Latent Diffusion: a folder with model_index.json or a single file.
said-there-is-one-nearby-choose-instead = There is one nearby: choose { $a } instead.
said-its-ending-says-that-its-download-has = its ending says that its download has not come to its end
said-this-folder-has-no-model-index = this folder has no model_index.json, so it is not a model
said-the-model-lacks-its-part-unet = the model lacks its part "unet" or its config.json
said-a-cut-down-model-such-as = a cut-down model such as SSD-1B, Segmind Vega or a small Stable Diffusion
said-a-latent-consistency-model-with-a = a latent consistency model with a guidance input
said-a-model-with-the-unknown-conditioning = a model with the unknown conditioning { $other }
said-a-stable-diffusion-xl-folder-with = a Stable Diffusion XL folder with another U-Net
said-its-model-index-json-does-not = its model_index.json does not say what kind of model it is
said-an-inpainting-model = an inpainting model
said-a-model-that-edits-pictures-by-instructions = a model that edits pictures by instructions
said-a-depth-to-image-model = a depth-to-image model
said-a-model-steered-by-a-second = a model steered by a second picture
said-a-model-led-by-pictures-not = a model led by pictures, not words
said-a-model-that-enlarges-pictures = a model that enlarges pictures
said-a-stable-diffusion-3-model = a Stable Diffusion 3 model
said-a-variant-of-stable-diffusion-xl = a variant of Stable Diffusion XL
said-a-flux-model = a Flux model
said-another-latent-diffusion-model = another latent-diffusion model
said-a-video-model = a video model
said-another-kind-of-model = another kind of model

# format/checkpoint/model_files.rs
said-the-model-lacks-its-part = the model lacks its part { $part }
said-the-part-lacks-its = the part { $part } lacks its { $name }
said-choose-the-model-it-was-learned = Choose the model it was learned on, and give this file as the word.

# format/checkpoint/original.rs
said-has-the-shape-where-a-convolution = has the shape { $shape } where a convolution of one pixel belongs
said-has-the-shape-where-a-matrix = has the shape { $a } where a matrix belongs
said-of-the-shape-does-not-come = of the shape { $a } does not come apart in three

# format/checkpoint/prediction.rs
said-mend-these-settings-or-remove-them = Mend these settings, or remove them from beside the model.
said-it-is-not-readable-as-yaml = it is not readable as YAML
said-it-holds-no-table-of-settings = it holds no table of settings
said-it-asks-for-a-parameterization-other = it asks for a parameterization other than eps or v
said-it-asks-for-a-scaling-other = it asks for a scaling other than EpsScaling or VScaling

# format/checkpoint/published.rs
said-a-vocabulary-of = a vocabulary of
said-a-width-of = a width of
said-its-has-where-its-configuration-says = its { $part } has { $what } { $a } where its configuration says { $b }
said-its-vae-has-widths-where-its = its vae has widths { $widths } where its configuration says { $given }

# format/checkpoint/single.rs
said-this-is-b = this is { $a }
said-choose-its-version-in-16-bits = Choose its version in 16 bits (fp16 or bf16).
said-put-its-autoencoder-beside-it-as = Put its autoencoder beside it as { $a }.
said-it-holds-no-autoencoder-vae = it holds no autoencoder (VAE)
said-put-the-configuration-in-diffusers-layout = Put the configuration in diffusers' layout that belongs to it at { $a }.
said-that-of-the-published = { $fault } (that of the published { $a })
said-its-tensor = its tensor { $name } { $what }
said-it-holds-the-tensor-twice = it holds the tensor { $new } twice
said-its-has-layers-where-its-configuration = its { $part } has { $there } layers where its configuration asks for { $asked }
said-it-belongs-to-a-model-choose = It belongs to a model: choose the folder { $a } instead.

# format/checkpoint/tensor_groups.rs
said-it-holds-the-tensor-twice-under = it holds the tensor { $name } twice, under two prefixes

# format/checkpoint/unet_layout.rs
said-its-u-net-lacks-its-first = its U-Net lacks its first layer
said-its-u-net-is-not-built = its U-Net is not built evenly (a cut-down model?)
said-its-u-net-has-no-middle = its U-Net has no middle block of the usual kind (a cut-down model?)
said-its-u-net-does-not-read = its U-Net does not read text
said-its-u-net-has-where-its = its U-Net has { $what } { $here } where its configuration says { $there }
said-layers-per-block = layers per block
said-transformer-depths = transformer depths
said-a-context-width-of = a context width of
said-its-u-net-has-gaps-in = its U-Net has gaps in its { $a }

# format/checkpoint/vae_file.rs
said-choose-the-autoencoder-vae-of-a = Choose the autoencoder (VAE) of a Stable Diffusion model, or remove this file.
said-its-latents-have-channels-instead-of = its latents have { $other } channels instead of 4
said-it-is-no-autoencoder-vae = it is no autoencoder (VAE)
said-its-weights-are-quantised = its weights are quantised ({ $a })

# format/container.rs
said-its-table-of-contents-gives-a = its table of contents gives a name twice, so it is damaged
said-a-table-of-contents = a table of contents
said-the-file-is-empty = the file is empty
said-the-file-is-only-bytes-long = the file is only { $length } bytes long
said-it-is-not-a-safetensors-file = it is not a safetensors file, or it was cut off after { $length } bytes
said-its-table-of-contents-is-not = its table of contents is not readable, so it is damaged or not a safetensors file
said-its-bytes-are-not-what-its = its { $length } bytes are not what its table of contents says, so it was cut off or damaged
said-its-table-of-contents-contradicts-itself = its table of contents contradicts itself, so it is damaged

# format/credentials/certificate.rs
said-a-certificate-and-its-key-sign = a certificate and its key sign together, and only one of them is named
said-name-both = Name both.
said-it-holds-no-whole-certificate = it holds no whole certificate
said-name-one-in-the-form-pem = Name one in the form PEM.
said-name-one-of-the-kinds-ed25519 = Name one of the kinds Ed25519, ES256, ES384 or PS256 in the form PEM (PKCS #8), without a password: `openssl pkcs8 -topk8 -nocrypt` makes that of others.
said-it-is-no-key-that-can = it is no key that can sign pictures
said-it-is-no-text-in-the = it is no text in the form PEM
said-name-another-file = Name another file.

# format/credentials/mod.rs
said-what-it-signs-does-not-verify = what it signs does not verify
said-choose-a-valid-one-for-signing = Choose a valid one for signing, with its key, or none: the device signs then.
said-move-it-away-another-is-made = Move it away: another is made then.
said-no-picture-can-be-signed-with = no picture can be signed with this certificate ({ $fault })

# format/damage.rs
said-download-the-model-again-complete = Download the model again, complete.
said-it-is-not-a-table-of = it is not a table of settings

# format/embedding/card.rs
said-it-is-a-picture-that-carries = it is a picture that carries no learned word
said-it-is-not-a-whole-png = it is not a whole PNG picture: { $what }
said-the-word-it-carries-is-longer = the word it carries is longer than any word
said-the-word-it-carries-is-damaged = the word it carries is damaged
said-a-png-card-text-chunk = a PNG card (text chunk)
said-a-png-card-pixels = a PNG card (pixels)
said-it-is-a-picture-that-was = it is a picture that was compressed with loss, so no word can be in its pixels
said-a-webp-card-pixels = a WebP card (pixels)
said-it-is-a-picture-that-is = it is a picture that is damaged or too large for a card
said-rows-of-numbers = rows of numbers
said-rows-of-different-lengths = rows of different lengths
said-more-numbers-than-any-word-has = more numbers than any word has
said-a-number-or-a-row-of = a number or a row of numbers

# format/embedding/entries.rs
said-vectors-for-the-output-of-the = vectors for the output of the text encoder, which it also holds, are left out
said-in = { $parts } in { $file }
said-clip-l-and-clip-g = clip_l and clip_g
said-it-is-the-second-half-text = it is the second half (text_encoders_1) of a word for Stable Diffusion XL; the first (text_encoders_0) is missing
said-choose-the-file-of-pivotal-tuning = Choose the file of pivotal tuning that holds both text_encoders_0 and text_encoders_1.
said-diffusers-layout-in = diffusers' layout in { $file }
said-it-holds-no-vectors = it holds no vectors
said-it-holds-tensors-and-a-learned = it holds { $a } tensors, and a learned word has one
said-it-is-larger-than-learned-words = it is larger than learned words are
said-the-name-of-a-word-in = the name of a word in it is not readable
said-the-words-in-it-are-larger = the words in it are larger than words are
said-it-holds-words-more-than-any = it holds { $a } words, more than any LoRA has
said-a-lora-that-carries-it = a LoRA that carries it
said-a-word-in-it-is-laid = a word in it is laid out in an unknown way
said-it-holds-one-vector-for-every = it holds one vector for every layer of the U-Net (extended textual inversion), which no model here can use
said-it-is-a-lora-file-or = it is a LoRA file or one like it, not a learned word
said-it-holds-vectors-for-the-output = it holds vectors for the output of the text encoder, which are not words of a prompt
said-it-is-a-word-for = it is a word for { $model }
said-choose-a-word-that-was-learned = Choose a word that was learned on Stable Diffusion 1, 2 or XL or on Latent Diffusion.
said-a-model-with-the-text-encoder = a model with the text encoder T5, such as Flux or Stable Diffusion 3 (4096 numbers a vector)
said-a-model-with-another-kind-of = a model with another kind of text encoder
said-stable-diffusion-v3 = stable-diffusion-v3
said-stable-diffusion-3 = stable-diffusion-3
said-sd3 = sd3
said-stable-diffusion-3-b = Stable Diffusion 3
said-stable-diffusion-3-with-a-part = Stable Diffusion 3, with a part for its text encoder T5
said-flux-with-a-part-for-its = Flux, with a part for its text encoder T5
said-a-model-with-the-text-encoder-t5 = a model with the text encoder T5, such as Flux or Stable Diffusion 3
said-its-tensor-has-axes-instead-of = its tensor has { $a } axes instead of one or two
said-its-vectors-lie-across-by-so = its vectors lie across ({ $a } by { $b }), so it was not made for any program
said-its-numbers-are-of-type-not = its numbers are of type { $a }, not floating-point

# format/embedding/layout.rs
said-put-the-file-into-the-folder = Put the file into the folder “embeddings”.
said-put-the-file-into-models-embeddings = Put the file into “models/embeddings”.
said-add-the-file-in-the-model = Add the file in the model manager.
said-load-it-with-load-textual-inversion = Load it with “load_textual_inversion”.
said-give-the-file-to-weights-to = Give the file to “--weights” to go on learning it.
said-choose-the-file-as-the-embedding = Choose the file as the embedding to start from.
said-put-the-file-into-the-folder-given = Put the file into the folder given by “--embd-dir”.
said-put-the-file-into-its-folder = Put the file into its folder of embeddings.
said-one-call-for-each-text-encoder = one call for each text encoder
said-a-safetensors-file-that-most-programs = A safetensors file that most programs read: the usual choice.
said-a-safetensors-file-with-the-vectors = A safetensors file with the vectors under the word itself, which diffusers reads as it is; two files for Stable Diffusion XL.
said-the-pt-file-of-automatic1111-for = The .pt file of AUTOMATIC1111, for programs older than safetensors.
said-the-pt-file-of-the-papers = The .pt file of the paper's own code.
said-a-safetensors-file-with-the-name = A safetensors file with the name that OneTrainer looks for, to go on learning there.
said-a-picture-that-is-also-the = A picture that is also the word: AUTOMATIC1111 reads it, and it survives sites that keep the picture as it is.
said-this-layout-has-no-place-for = This layout has no place for the word's name and for the model it was learned on. To keep them, choose emb-params.
said-is-no-layout-there-are = { $name } is no layout; there are { $a }

# format/embedding/pickled.rs
said-a-pytorch-file = a PyTorch file
said-it-holds-neither-a-word-nor = it holds neither a word nor tensors
said-its-list-of-words-is-not = its list of words is not readable
said-it-is-what-a-training-program = it is what a training program keeps beside a word to go on learning, not the word
said-it-is-a-model-not-a = it is a model, not a learned word
said-automatic1111s-layout = AUTOMATIC1111's layout
said-the-original-layout = the original layout
said-string-to-param-in-a-pytorch = { $theirs } (string_to_param) in a PyTorch file
said-it-holds-the-word-in-two = it holds the word in two layouts, of which one is read

# format/embedding/reading.rs
said-it-is-not-a-learned-word = it is not a learned word, or it is damaged
said-it-holds-words = it holds { $a } words ({ $list })
said-choose-one-with-word-name-or = Choose one with --word NAME, or import the file into the library, which takes them all.
said-it-holds-no-word = it holds no word “{ $a }”
said-it-holds-choose-one-of-these = It holds { $list }: choose one of these.
said-a-picture-pixels = a picture (pixels)
said-it-is-a-models-folder-not = it is a model's folder, not a learned word
said-with-mib-it-is-too-large = with { $a } MiB it is too large for a learned word

# format/embedding/refusal.rs
said-do-not-open-it-anywhere-get = Do not open it anywhere: get the word from a source you trust, best as .safetensors.
said-download-or-copy-it-again = Download or copy it again.

# format/embedding/safetensors.rs
said-a-safetensors-file = a safetensors file

# format/embedding/sdxl_pair.rs
said-put-both-files-that-the-script = Put both files that the script wrote (learned_embeds and learned_embeds_2) into one folder, or choose a file that holds clip_l and clip_g.
said-it-is-the-first-half-clip = it is the first half (clip_l) of a word for Stable Diffusion XL; the second (clip_g) is missing
said-it-is-the-second-half-clip = it is the second half (clip_g) of a word for Stable Diffusion XL; the first (clip_l) is missing
said-diffusers-layout-in-two-files = diffusers' layout in two files

# format/embedding/signature.rs
said-signed-by-intact = signed by { $key }, intact
said-changed-since-it-was-signed = changed since it was signed
said-put-a-copy-of-it-back = Put a copy of it back, or move it away: another is made then.
said-it-is-no-key-to-sign = it is no key to sign words with

# format/embedding/word.rs
said-its-vectors-have-numbers-but-this = its vectors have { $a } numbers, but this model needs { $b }
said-open-the-model-the-word-was = Open the model the word was learned on.
said-it-holds-vectors-for-the-first = it holds { $one } vectors for the first text encoder and { $two } for the second
said-it-holds-vectors-more-than-the = it holds { $count } vectors, more than the { $max_vectors } that fit into a prompt
said-it-holds-numbers-instead-of-times = it holds { $a } numbers instead of { $count } times { $width }
said-of-its-numbers-are-infinite-or = { $wild } of its numbers are infinite or not numbers, so learning had failed

# format/embedding/writing.rs
said-the-word-cannot-be-saved = The word cannot be saved: { $fault }
said-choose-an-earlier-checkpoint-of-the = Choose an earlier checkpoint of the run.
said-the-layout-has-no-place-for = The layout { $a } has no place for a word of Stable Diffusion XL
said-choose-emb-params-diffusers-or-onetrainer = Choose emb-params, diffusers or onetrainer.
said-give-it-one-for-example-cat = Give it one, for example <cat-toy>, or save it in the usual format.
said-the-diffusers-format-needs-a-name = The diffusers format needs a name for the word

# format/grid_file.rs
said-choose-one-that-was-written-as = Choose one that was written as a grid, or the .toml file beside it.
said-this-picture-carries-no-settings-of = this picture carries no settings of a grid

# format/infotext/restore.rs
said-the-sampler-is-not-known-here = The sampler { $name } is not known here; yours is kept.
said-the-emphasis-is-not-known = The emphasis “{ $name }” is not known here; weights do what suits the model.
said-the-schedule-type-is-not-known = The schedule type “{ $name }” is not known here; the noise levels are the model's own.

# format/kinds.rs
said-a-lora-file-an-addition-to = a LoRA file, an addition to a model and not a model
said-choose-the-model-it-was-made = Choose the model it was made for, and give this file beside it: --lora FILE, or drop it on the window.
said-a-controlnet-or-an-addition-of = a ControlNet or an addition of its kind, and not a model
said-choose-the-model-that-it-steers = Choose the model that it steers.
said-an-upscaler-which-makes-pictures-larger = an upscaler, which makes pictures larger and draws none
said-choose-a-text-to-image-model-or = Choose a text-to-image model, or the file of a learned word.
said-a-learned-word-an-embedding-not = a learned word (an embedding), not a model
said-a-video-model-or-a-part = a video model or a part of one
said-a-pixart-model = a PixArt model
said-a-flux-model-or-one-built = a Flux model or one built like it
said-a-hypernetwork-an-addition-to-a = a hypernetwork, an addition to a model and not a model
said-choose-a-model-of-stable-diffusion = Choose a model of Stable Diffusion 1, 2 or XL or of Latent Diffusion, or a word for one of them.
said-an-ip-adapter-an-addition-that = an IP-Adapter, an addition that leads a model by pictures
said-a-model-led-by-pictures-zero = a model led by pictures (Zero-1-to-3), not by words
said-a-hidream-model = a HiDream model
said-an-auraflow-model = an AuraFlow model
said-a-qwen-image-model = a Qwen-Image model
said-a-lumina-or-z-image-model = a Lumina or Z-Image model
said-a-stable-cascade-model = a Stable Cascade model
said-a-stable-diffusion-xl-model-with = a Stable Diffusion XL model with another kind of noise (EDM)
said-a-playground-2-5-model-which = a Playground 2.5 model, which has another kind of noise (EDM)
said-a-model-led-by-pictures-unclip = a model led by pictures (unCLIP), not by words
said-a-part-that-looks-at-pictures = a part that looks at pictures (CLIP vision), and not a model that draws
said-a-text-encoder-t5-and-nothing = a text encoder (T5) and nothing else, so it is only a part of another model
said-an-autoencoder-vae-and-nothing-else = an autoencoder (VAE) and nothing else, so it is only a part of a model
said-choose-the-whole-model-to-use = Choose the whole model; to use this autoencoder with it, put it beside the model as NAME.vae.safetensors.
said-a-u-net-and-nothing-else = a U-Net and nothing else, so it is only a part of a model
said-choose-the-whole-model-with-its = Choose the whole model, with its text encoder and its autoencoder.
said-a-text-encoder-and-nothing-else = a text encoder and nothing else, so it is only a part of a model
said-choose-the-whole-model-with-its-u = Choose the whole model, with its U-Net and its autoencoder.
said-what-a-training-program-keeps-to = what a training program keeps to go on, and not a model

# format/lora/fit.rs
said-its-layer-does-not-fit-together = its layer { $a } does not fit together
said-it-was-made-for-another-kind = it was made for another kind of model: its layer { $a } has the shape { $added } where this one has { $model }
said-choose-a-lora-for-this-model = Choose a LoRA for this model, or the model it was made for.
said-it-was-made-for-another-kind-of = it was made for another kind of model: none of its { $a } layers has a place in this one
said-of-parts-of-have-no-place = { $count } of { $all } parts of { $name } have no place in this model and are left out, { $first } among them.
said-of-to-a-bias-that-this = { $count } { $layers } of { $name } { $add } to a bias that this model does not have, { $first } among them: that part is left out.
said-its-layer-holds-numbers-that-are = its layer { $a } holds numbers that are not finite

# format/lora/keys.rs
said-lora-controlnet = lora_controlnet
said-a-controlnet-lora = a ControlNet-LoRA

# format/lora/mod.rs
said-check-the-path-of-the-lora = Check the path of the LoRA, and that its drive is connected.
said-there-is-no-such-file = there is no such file
said-choose-the-model = Choose the model
said-choose-the-safetensors-file-of-a = Choose the .safetensors file of a LoRA.
said-it-is-which-is-not-a = it is { $kind }, which is not a plain LoRA
said-choose-a-lora-or-a-locon = Choose a LoRA or a LoCon.
said-it-holds-twice-also-as = it holds { $name } twice, also as { $other }
said-its-layer-lacks-one-of-its = its layer { $a } lacks one of its two halves
said-choose-the-file-of-a-lora = Choose the file of a LoRA; words and models are named elsewhere.
said-this-is-no-lora = this is no LoRA
said-of-the = { $count } of the { $called }
said-second-text-encoder = second text encoder
said-download-the-lora-again-or-choose = Download the LoRA again, or choose another.

# format/lora/strength.rs
said-what-it-says-of-its-strength = what it says of its strength (lora_alpha, alpha_pattern) cannot be read

# format/pickle/constructors.rs
said-it-asks-to-run-which-no = it asks to run { $what }, which no learned word needs
said-a-tensor-in-it-has-a = a tensor in it has a layout that contradicts its shape
said-a-tensor-in-it-has-a-negative = a tensor in it has a negative size or place, so it is damaged
said-a-tensor-in-it-is-larger = a tensor in it is larger than any memory
said-a-tensor-in-it-has-axes = a tensor in it has { $a } axes
said-it-holds-an-array-of-a = it holds an array of a kind that learned words do not have
said-it-refers-to-something-outside-the = it refers to something outside the file
said-it-keeps-its-numbers-in-a = it keeps its numbers in { $what }, a type that learned words do not have

# format/pickle/cursor.rs
said-its-description-is-longer-than-any = its description is longer than any model needs
said-it-ends-in-the-middle-so = it ends in the middle, so it was cut off or damaged
said-its-description-is-not-readable-so = its description is not readable, so it is damaged or not a PyTorch file
said-it-unfolds-into-more-values-than = it unfolds into more values than any model has

# format/pickle/machine.rs
said-it-holds-more-text-than-any = it holds more text than any model needs
said-it-describes-the-same-numbers-in = it describes the same numbers in two ways, so it is damaged
said-it-has-more-instructions-than-any = it has more instructions than any model needs

# format/pickle/mod.rs
said-something-without-a-proper-name = something without a proper name

# format/pickle/step.rs
said-it-is-a-pickle-of-version = it is a pickle of version { $version }, and 5 is the newest known
said-it-refers-to-a-list-of = it refers to a list of functions that only another program has

# format/pickle/tree.rs
said-its-values-lie-too-deeply-within = its values lie too deeply within each other
said-it-unfolds-into-more-text-than = it unfolds into more text than any model needs

# format/png_info.rs
said-choose-a-png-picture-as-the = Choose a PNG picture as the program saved it.
said-it-ends-too-early = it ends too early
said-it-is-larger-than-any-picture = it is larger than any picture
said-a-part-of-it-is-damaged = a part of it is damaged

# format/stored.rs
said-blows-a-few-numbers-up-into = blows a few numbers up into a huge tensor
said-is-larger-than-any-memory = is larger than any memory
said-lies-beyond-the-end-of-the = lies beyond the end of the file
said-reaches-beyond-its-numbers = reaches beyond its numbers

# format/tensors.rs
said-it-holds-no-weights = it holds no weights
said-this-file-of-the-model-is = this file of the model is missing

# format/torch.rs
said-it-ends-before-the-numbers-it = it ends before the numbers it announces, so it was cut off or damaged
said-it-was-written-by-a-machine = it was written by a machine with the other byte order, which is not supported
said-a-tensor-in-it = a tensor in it { $fault }
said-a-tensor-in-it-reaches-beyond = a tensor in it reaches beyond its numbers, so it is damaged
said-it-begins-like-a-pytorch-file = it begins like a PyTorch file but its list of contents is missing, so it was cut off or damaged
said-it-is-an-archive-of-parts = it is an archive of { $announced } parts, more than any model has
said-it-is-an-archive-but-not = it is an archive, but not one that PyTorch wrote
said-the-list-of-its-storages-is = the list of its storages is not readable, so it is damaged
said-the-list-of-its-storages-names = the list of its storages names one that nothing uses, so it is damaged
said-its-list-of-contents-is-not = its list of contents is not readable, so it is damaged
said-it-holds-a-part-that-wants = it holds a part that wants to be unpacked outside its folder
said-it-is-an-archive-with-a = it is an archive with a password
said-it-is-a-compressed-archive-which = it is a compressed archive, which PyTorch never writes
said-a-part-of-it-claims-another = a part of it claims another size than it has, so it is damaged
said-the-numbers-of-one-of-its = the numbers of one of its tensors are missing{ $which }, so it is damaged

# format/variant.rs
said-it-holds-parts-of-the-weights = it holds parts of the weights but not their index (….index.json)
said-the-download-of-its-weights-has = the download of its weights has not come to its end ({ $name })
said-it-holds-weights-for-another-program = it holds weights for another program only ({ $program }), and no .safetensors
said-download-the-model-with-its-safetensors = Download the model with its .safetensors files.
said-it-holds-no-weights-safetensors = it holds no weights (.safetensors)

# format/weights.rs
said-it-is-not-an-index-of = it is not an index of shards
said-it-names-no-file-beside-it = it names no file beside it for { $tensor }
said-it-promises-the-tensor-which-does = it promises the tensor { $tensor }, which { $shard } does not hold
said-its-tensor-lies-beyond-its-end = its tensor { $name } lies beyond its end
said-it-holds-no-tensor-called = it holds no tensor called { $name }
said-holds-numbers-of-type-not-weights = holds numbers of type { $a }, not weights

# text/bert.rs
said-its-words-cannot-be-used = its words cannot be used ({ $fault })
said-the-tokenizer-cannot-be-set-up = the tokenizer cannot be set up ({ $fault })
said-it-lacks-the-special-token = it lacks the special token { $name }

# text/grid.rs
said-there-is-no-learned-word-that = There is no learned word “{ $word }” that fits the model
said-write-words-as-the-library-calls = Write words as the Library calls them, such as <cat>.
said-the-prompt-has-no-learned-word = The prompt has no learned word that others could take the place of
said-put-one-into-the-prompt-or = Put one into the prompt, or { $a } where the words go.
said-the-prompt-has-no-learned-word-whose = The prompt has no learned word, whose weight would change
said-put-a-learned-word-into-the = Put a learned word into the prompt.

# text/model_tokenizers.rs
said-its-tokenizers-make-and-tokens-of = its tokenizers make { $a } and { $b } tokens of a text
said-download-the-model-again-complete-with = Download the model again, complete with its tokenizers.

# text/prompt/remarks.rs
said-has-a-part-that-is-never = “{ $shown }” has a part that is never drawn, because drawing takes { $steps }.
said-there-is-more-in-the-prompt = There is more in the prompt that is not understood: { $others }.
said-is-left-out-only-learned-words = “{ $shown }” is left out: only learned words can be used.
said-is-left-out-a-lora-is = “{ $shown }” is left out: a LoRA is chosen beside the prompt, on the command line with --lora FILE:WEIGHT.
said-is-left-out-no-learned-word = “{ $shown }” is left out: no learned word of this name was chosen.
said-the-signs-around-the-learned-word = The signs around the learned word in “{ $shown }” are read as text. Write (name:1.2) for a weight.
said-has-no-weight-that-can-be = “{ $shown }” has no weight that can be used. Write a number up to 100 with a point, as in (word:1.2).
said-is-read-as-plain-text-a = “{ $shown }” is read as plain text: a weight needs brackets, as in (word:1.2).
said-is-not-closed-so-it-is = “{ $shown }” is not closed, so it is read as words that count less. Add the ].
said-a-brace-is-not-closed = “{ $shown }” is not closed, so it is read as plain text. Add the {"}"}.
said-is-not-closed-so-its-weight = “{ $shown }” is not closed, so its weight is read as text. Add the ).
said-is-read-as-plain-text-it = “{ $shown }” is read as plain text: it has no meaning here.
said-and-in-a-negative-prompt-is = AND in a negative prompt is read as a word.
said-is-read-as-words-that-count = “{ $shown }” is read as words that count less. To go over from one to the other, write [one:other:0.5].
said-is-read-as-words-that-count-less = “{ $shown }” is read as words that count less. Write [one|other] to take turns, or [one:other:0.5] to go over.
said-is-read-as-plain-text-no = “{ $shown }” is read as plain text: no learned word of this name was chosen.
said-is-read-as-plain-text-braces = “{ $shown }” is read as plain text: braces have no meaning here.
said-is-read-as-plain-text-lists = “{ $shown }” is read as plain text: lists of words are not known here.
said-is-read-as-plain-text-no-list = “{ $shown }” is read as plain text: no list of words can be called so. Its name has letters, digits and - _ / alone, and no letter stands before it.
said-and-joins-a-prompt-that-is = AND joins a prompt that is empty, and drawn as such. Write something on both sides of each AND.
said-is-read-as-plain-text-weights = “{ $shown }” is read as plain text. Weights are written (word:1.2).

# text/tokenizer.rs
said-has-no-row = has no row
said-does-not-follow-the-others = does not follow the others
said-the-word-that-was-added-to = The word { $word } that was added to this model { $why } and is left out.
said-the-word-that-was-added-to-it = the word { $a } that was added to it cannot be used ({ $fault })
said-the-vocabulary-and-the-merges-disagree = the vocabulary and the merges disagree ({ $fault })
said-the-vocabulary-lacks-the-special-token = the vocabulary lacks the special token { $a }
said-the-special-tokens-cannot-be-used = the special tokens cannot be used ({ $fault })
said-the-word-cannot-be-used = The word { $word } cannot be used
said-choose-another-one = Choose another one.
said-choose-a-word-that-means-nothing = Choose a word that means nothing yet, for example <cat-toy>.
said-a-new-word-must-be-one = A new word must be one piece without spaces, and { $word } is not
said-the-model-already-knows-the-word = The model already knows the word { $word }

# text/vocabulary.rs
said-download-the-model-folder-again-complete = Download the model folder again, complete with its tokenizer.
said-vocab-json-is-not-readable = vocab.json is not readable ({ $fault })
said-has-no-table-of-tokens = { $file } has no table of tokens
said-gives-a-token-an-id-that = { $file } gives a token an id that is not a whole number
said-leaves-out-ids-or-uses-them = { $file } leaves out ids or uses them twice
said-it-is-not-utf-8-text = it is not UTF-8 text ({ $fault })
said-it-is-too-long-for-a = it is too long for a vocabulary
said-its-line-repeats-an-earlier-one = its line { $a } repeats an earlier one
said-merges-txt-is-not-utf-8 = merges.txt is not UTF-8 text
said-line-of-merges-txt-does-not = line { $a } of merges.txt does not fit the vocabulary
said-tokenizer-json-holds-another-kind = tokenizer.json holds another kind of tokenizer than this model has ({ $kind })
said-tokenizer-json-has-no-list = tokenizer.json has no list of merges
said-merge-of-tokenizer-json-does-not = merge { $a } of tokenizer.json does not fit the vocabulary

# text/wildcards.rs
said-the-files-of-choices-name-each = The files of choices name each other without end
said-take-the-name-of-a-file = Take the name of a file out of those that it names.
said-in-a-prompt-is-drawn-from = __{ $name }__ in a prompt is drawn from its lines: write some, one choice each.
said-it-has-no-lines-to-choose = it has no lines to choose from

# model/clip_vision.rs
said-choose-a-clip-folder-as-transformers = Choose a CLIP folder as transformers saves it, such as openai/clip-vit-base-patch32.
said-a-projection-dim-of-0 = a projection_dim of 0
said-pictures-of-other-than-three-colours = pictures of other than three colours
said-patches-that-do-not-divide-the = patches that do not divide the picture
said-heads-that-do-not-divide-hidden = heads that do not divide hidden_size
said-there-is-no-clip-here-no = there is no CLIP here (no config.json)

# model/memory/mod.rs
said-u-net-in-8-bits = U-Net in 8 bits
said-text-encoders = text encoders
said-kept-of-the-text-encoders = kept of the text encoders
said-token-tables = token tables
said-the-program = the program
said-kept-between-the-segments = kept between the segments
said-kept-of-the-largest-segment = kept of the largest segment
said-kept-of-the-u-net = kept of the U-Net
said-at-work = at work
said-kept-by-plain-operations = kept by plain operations
said-what-is-learned-and-its-gradient = what is learned, and its gradient
said-what-is-learned-its-gradient-and = what is learned, its gradient and its moments
said-a-checkpoint-while-it-is-written = a checkpoint while it is written
said-the-other-networks = the other networks
said-autoencoder = autoencoder
said-its-pictures = its pictures
said-handed-on = handed on
said-opening-the-largest-picture = opening the largest picture
said-the-judging-clip = the judging CLIP

# model/merge.rs
said-a-lora-could-not-be-added = A LoRA could not be added ({ $error })
said-close-other-programs-and-try-again = Close other programs and try again.

# model/pipeline.rs
said-choose-a-complete-text-to-image = Choose a complete text-to-image model.
said-its-text-encoder-is-wide-but = its text encoder is { $width } wide, but its U-Net reads { $context }
said-its-tokenizer-has-tokens-but-its = its tokenizer has { $tokens } tokens, but its text encoder { $known }
said-its-tokenizer-makes-tokens-too-many = its tokenizer makes { $length } tokens, too many for its text encoder
said-its-u-net-and-its-text = its U-Net and its text encoders are not of one family
said-its-u-net-takes-channels-but = its U-Net takes { $channels } channels, but its autoencoder makes { $latent }
said-text-encoder = text encoder
said-a-of = a { $name } of { $a }
said-a-picture-of-x-pixels-does = A picture of { $width } x { $height } pixels does not fit this model
said-choose-multiples-of = Choose multiples of { $step }: { $a }.
said-a-clip-skip-of-leaves-nothing = A clip skip of { $clip_skip } leaves nothing of this model's text encoder
said-choose-a-clip-skip-from-1 = Choose a clip skip from 1 to { $most }.
said-the-token-table-of-its-has = the token table of its { $part } has { $rows } rows, and its { $asking } { $asked } tokens
said-download-the-model-again-or-put = Download the model again, or put the tokenizer and the configuration in it that belong to it.

# model/source.rs
said-it-holds-the-tensor-twice-also = it holds the tensor { $name } twice, also as { $other }
said-the-tensor-has-no-place-in = the tensor { $first } has no place in the network
said-tensors-have-no-place-in-the = { $count } tensors have no place in the network, { $first } among them
said-the-tensor-is-missing = the tensor { $name } is missing
said-the-tensor-has-shape-where-the = the tensor { $file_name } has shape { $found } where the configuration asks for { $shape }
said-the-of-this-model-has-of = The { $a } of this model has { $b } { $what }, of which the first { $c } are used.
said-its-is-damaged-the-tensor-holds = its { $a } is damaged: the tensor { $file_name } holds numbers that are not finite
said-download-it-again-or-choose-another = Download it again or choose another model: no setting makes up for this.
said-rows-in-its-token-table = rows in its token table
said-download-the-model-again-or-choose = Download the model again, or choose one whose configuration belongs to its weights.

# model/tables.rs
said-its-has-no-table-of-the = its { $part } has no table of the tokens of its tokenizer

# model/tiny_decoder.rs
said-put-taesd-decoder-safetensors-there-for = Put taesd_decoder.safetensors there (for SDXL: taesdxl_decoder.safetensors), or remove the file.
said-it-is-no-decoder-of-taesd = it is no decoder of TAESD

# diffusion/blended.rs
said-latents-of-different-length = latents of different length

# diffusion/config.rs
said-pseudoword-needs-the-scheduler-of-a = Pseudoword needs the scheduler of a latent diffusion model that predicts epsilon or v_prediction with a linear, scaled_linear or squaredcos_cap_v2 noise schedule; use another model, or download this one again if the file is damaged.
said-dynamic-thresholding-is-only-meant-for = Dynamic thresholding is only meant for models that work on pixels
said-the-noise-schedule-cannot-be-used = The noise schedule cannot be used: { $error }
said-num-train-timesteps-is-but-must = num_train_timesteps is { $steps }, but must be from 2 to 100000
said-steps-offset-is-but-there-are = steps_offset is { $a }, but there are only { $steps } timesteps
said-original-inference-steps-is = original_inference_steps is { $a }
said-trained-betas-has-values-for-timesteps = trained_betas has { $a } values for { $steps } timesteps
said-trained-betas-is-but-must-lie = trained_betas[{ $t }] is { $a }, but must lie between 0 and 1
said-is-but-must-lie-between-0 = { $name } is { $beta }, but must lie between 0 and 1

# diffusion/guidance.rs
said-predictions-of-different-length = predictions of different length

# diffusion/lib.rs
said-vectors-of-different-length = vectors of different length

# diffusion/noise.rs
said-stream-numbers-from-2-63-up = stream numbers from 2^63 up belong to learning steps

# diffusion/sampler/mod.rs
said-eta-is = Eta is { $eta }
said-choose-a-value-from-0-no = Choose a value from 0 (no fresh noise) to 1.
said-the-sampler-cannot-take-steps-on = The sampler { $kind } cannot take { $steps } steps on this model
said-choose-a-number-of-steps-from = Choose a number of steps from 1 to about { $most }.

# diffusion/schedule.rs
said-latents-do-not-divide-into-rows = latents do not divide into { $rows } rows

# inversion/diagnostics.rs
said-the-word-has-hardly-changed-in = The word has hardly changed in 100 steps, so it is learning nothing. Check that the sentences contain the word and that the learning rate is not too small.

# inversion/latent_cache.rs
said-a-picture-was-encoded-as-numbers = A picture was encoded as numbers that are not finite
said-use-precision-f32-or-bf16 = Use --precision f32 (or bf16).

# inversion/learner.rs
said-the-loss-or-its-gradient-was = The loss or its gradient was not a finite number at step { $step }
said-the-word-was-taken-back-one = the word was taken back one step
said-step-would-have-left-the-range = Step { $step } would have left the range of numbers
said-the-word-stays-as-it-was = the word stays as it was
said-the-gradient-of-step-was-too = The gradient of step { $step } was too large for 16 bits: the step was left out, and the loss is now scaled by { $scale }.
said-the-rd-time-in-a-row = { $reason }, the { $max_rollbacks }rd time in a row

# inversion/mix.rs
said-there-are-too-few-words-for = There are too few words for this
said-add-some = Add some.
said-one-of-the-words-has-vectors = One of the words has { $own } vectors and another { $count }, which do not go together
said-average-them-first-so-that-each = Average them first, so that each is one vector, or join them.
said-there-is-no-vector-the-result = There is no vector { $number }: the result has { $a }
said-keep-others-they-are-counted-from = Keep others; they are counted from 1.

# inversion/null_text.rs
said-the-null-text-came-out-as = The null text came out as numbers that are not finite
said-use-precision-f32-or-bf16-or = Use --precision f32 (or bf16), or a lower guidance.

# inversion/objective.rs
said-the-device-stopped-answering = The device stopped answering ({ $what })
said-close-other-programs-that-use-it = Close other programs that use it, choose a smaller size or batch, and resume from the last checkpoint.

# inversion/tuner.rs
said-step-was-too-large-for-16 = Step { $step } was too large for 16 bits and left out; the loss is scaled by { $scale }

# metrics/lib.rs
said-pictures-of-different-size = pictures of different size

# starter/bundle.rs
said-the-starter-model-is-unpacked-there = The starter model is unpacked there: set PSEUDOWORD_HOME to a folder that can be written, or name a model.

# engine/choice.rs
said-remote-says-where-a-machine-is = remote:{ $text } says where a machine is and not which: copy the whole line that `pseudoword serve` prints there, or on a network that you trust write remote:ws://{ $text2 }, which is not encrypted
said-remote-names-no-machine-copy-the = remote:{ $text } names no machine: copy the line that `pseudoword serve` prints there
said-is-no-device-choose-auto-vulkan = { $text } is no device; choose auto, vulkan, metal, dx12, gl or cpu, one of several cards by its number in `pseudoword devices`, as in vulkan:1, or another machine's, as in remote:ID@ADDRESS:PORT
said-is-no-address-with-a-port = { $address } is no address with a port, as studio:9234, 192.168.1.5:9234 and [fd00::5]:9234 are: copy the line that `pseudoword serve` prints there

# engine/clip.rs
said-get-one-with-pseudoword-fetch-clip = Get one with `pseudoword fetch clip`, and name its folder as the CLIP.
said-switch-at-least-one-picture-on = Switch at least one picture on.
said-all-its-pictures-are-switched-off = all its pictures are switched off

# engine/device.rs
said-this-computer-offers-no-there = This computer offers no { $choice }: there { $numbers } { $name }:{ $a }
said-run-pseudoword-devices-to-see-which = Run `pseudoword devices` to see which card has which number.
said-this-computer-offers-no-adapter-for = This computer offers no adapter for --device { $choice }
said-run-pseudoword-devices-to-see-what = Run `pseudoword devices` to see what there is, update the graphics driver, or use --device cpu.
said-is-a-driver-that-runs-on = { $a } ({ $b }) is a driver that runs on the processor and crashes here
said-use-device-cpu-which-is-much = Use --device cpu, which is much faster, or --device gl to try the graphics path in software.
said-could-not-be-started = { $a } ({ $b }) could not be started: { $error }
said-update-the-graphics-driver-close-other = Update the graphics driver, close other programs that use the card, or choose another device.
said-cannot-be-opened-again-in-this = { $a } ({ $b }) cannot be opened again in this process
said-choose-another-device-or-start-pseudoword = Choose another device, or start Pseudoword again.
said-cannot-calculate-in = { $a } cannot calculate in { $b }
said-use-precision-f32 = Use --precision f32.
said-processor = { $a } processor
said-threads = { $a } threads
said-no-reason-given = no reason given
said-the-connection-to-the-device-was = The connection to the device was lost
said-the-device-has-too-little-memory = The device has too little memory for this ({ $first_line })
said-choose-a-smaller-size-or-batch = Choose a smaller size or batch, --precision f16, or close other programs that use the card.
said-go-on-from-the-last-checkpoint = Go on from the last checkpoint; if it happens again, choose another device.

# engine/draw.rs
said-the-picture-came-out-as-numbers = The picture came out as numbers that are not finite

# engine/draw/decoder_fit.rs
said-there-is-too-little-memory-to = There is too little memory to fit all of the decoder: of its { $all } blocks the last { $blocks } will be.
said-and-can-be-had = , and { $a } can be had
said-to-fit-only-the-last-block = To fit only the last block of the decoder takes { $a }{ $there }
said-fit-the-drawing-instead-fit-background = Fit the drawing instead (--fit-background latents), which takes less, or draw it smaller (--size).

# engine/draw/latent_preview.rs
said-pictures-on-the-way-are-shown = Pictures on the way are shown roughly. { $error }

# engine/draw/loaded_words.rs
said-is-taken-as-the-learned-word = “{ $name }” is taken as the learned word. To say where it is meant, write { $called }.
said-was-learned-for-negative-prompts-so = { $word } was learned for negative prompts, so it is put into that.
said-no-prompt-contains-the-learned-word = No prompt contains the learned word { $word }. Write { $word2 } where it belongs.
said-another-word-is-called-already = Another word is called { $own } already
said-is-what-prompts-say-without-meaning = “{ $own }” is what prompts say without meaning a learned word
said-has-signs-or-spaces-that-prompts = “{ $own }” has signs or spaces that prompts use
said-write-for-the-word-of = { $why }. Write { $called } for the word of { $file }.

# engine/export.rs
said-go-on-with-the-run-for = Go on with the run for a step, or take the word as it was learned.
said-it-does-not-say-what-its = it does not say what its word began as
said-what-its-word-began-as-is = what its word began as is of another shape

# engine/handle.rs
said-more-was-asked-for-than-can = More was asked for than can wait until the current step is done
said-wait-for-a-moment-and-ask = Wait for a moment and ask again.
said-the-connection-to-was-cut-the = The connection to { $a } was cut. The word is kept as it was after its last step and is learned on once that machine is back; a stop leaves it.
said-goes-on-being-used = { $error } { $a } goes on being used.

# engine/jobs/bias.rs
said-the-pictures-that-the-word-was = The pictures that the word was learned from are not counted: { $error }
said-pictures-learned-from = pictures learned from
said-the-file-does-not-say-which = The file does not say which known word the learned one stands for
said-name-one-with-known-such-as = Name one with --known, such as --known robot.
said-name-groups-of-attributes-with-attributes = Name groups of attributes with --attributes, such as 'red,green,blue;{ $a } with a hat,{ $b }'.
said-it-is-not-known-what-to = It is not known what to look for in the pictures
said-the-pictures-that-the-word-was-learned = The pictures that the word was learned from are not at hand, so they are not counted.

# engine/jobs/compare.rs
said-choose-a-folder-of-its = Choose a folder of its own.

# engine/jobs/compare/concepts.rs
said-has-pictures-and-is-not-learned = { $name } has { $count } pictures, and is not learned from { $beyond } of them.

# engine/jobs/compare/runs.rs
said-on-b = { $name } on { $concept }

# engine/jobs/edit.rs
said-fitting-the-background = fitting the background

# engine/jobs/edit/canvas.rs
said-this-mask-is-white-everywhere = this mask is white everywhere
said-this-mask-is-black-everywhere = this mask is black everywhere
said-paint-white-what-is-to-change = Paint white what is to change.

# engine/jobs/evaluate/scorer.rs
said-drawing-for-the-scores = drawing for the scores

# engine/jobs/evaluate/subject.rs
said-learned-word = learned word { $word }

# engine/jobs/explain.rs
said-there-is-no-clip-at-hand = There is no CLIP at hand: nothing is scored, and no words are sought for pictures.
said-there-is-nothing-to-explain = There is nothing to explain
said-name-a-word-or-a-text = Name a word, or a text to look at.
said-the-text-to-look-at-is = The text to look at is empty
said-write-what-is-to-be-drawn = Write what is to be drawn.
said-there-is-a-second-word-and = There is a second word and no first
said-name-the-first-one-too = Name the first one too.
said-the-words-have-and-vectors-and = The words have { $one } and { $two } vectors, and nothing lies between these
said-choose-two-words-of-as-many = Choose two words of as many vectors.
said-the-file-holds-words-is-explained = The file holds { $a } words; { $first } is explained.
said-comparing-with-the-vocabulary = comparing with the vocabulary
said-the-pictures-that-the-word-was-learned-from = The pictures that the word was learned from are not compared: { $error }

# engine/jobs/explain/hard_prompt.rs
said-the-pictures-the-word-was-learned = the pictures the word was learned from
said-pictures-the-word-draws = pictures the word draws

# engine/jobs/explain/heat.rs
said-looking-where-words-are-looked-for = looking where words are looked for

# engine/jobs/generate.rs
said-the-model-predicts-noise-and-pure = The model predicts noise, and pure noise tells it nothing: with a zero terminal SNR its pictures may fall apart. That is for models that predict velocity.
said-the-sampler-divides-by-what-pure = The sampler { $a } divides by what pure noise has none of, so it does not begin there. Choose another one.
said-the-word = The word
said-prompt = prompt
said-negative-prompt = negative prompt
said-at-a-guidance-of-1-the = At a guidance of 1 the negative prompt does nothing. Choose a higher one.
said-the-is-too-long-its-end = The { $called } is too long: its end is left out, { $dropped }.

# engine/jobs/grid.rs
said-a-row-of-the-grid-is = A row of the grid is missing: { $fault }
said-a-line-of-the-list-is = A line of the list is not drawn: { $fault }
said-rows-of-the-grid-are = { $rows } rows of the grid are missing: { $fault }
said-lines-of-the-list-are = { $rows } lines of the list are not drawn: { $fault }

# engine/jobs/invert.rs
said-drawing-it-again = drawing it again
said-drawing-from-its-noise = drawing from its noise
said-holds-already = { $a } holds { $file } already
said-name-another-folder-with-out = Name another folder with --out.
said-inverting-the-picture = inverting the picture
said-learning-the-null-text-for-a = learning the null text for a guidance of { $guidance }

# engine/jobs/learn.rs
said-what-was-learned-since-the-last = What was learned since the last checkpoint could not be saved: { $error }
said-preparing-the-card = preparing the card
said-the-word-is-kept-as-it = The word is kept as it last worked. Use a lower learning rate, or --precision f32.
said-the-best-word-cannot-be-read = The best word cannot be read, and the newest is kept instead: { $error }

# engine/jobs/learn/clip_start.rs
said-the-clip-does-not-know-the = The CLIP does not know the initial word “{ $a }”
said-choose-another-one-or-begin-from = Choose another one, or begin from it as it is: --start token.
said-letting-clip-find-the-word = letting CLIP find the word
said-this-clip-has-not-the-text = This CLIP has not the text encoder of the model, so the word begins only about where CLIP finds it.

# engine/jobs/learn/images.rs
said-looking-at-the-pictures = looking at the pictures
said-its-name-or-that-of-its = its name, or that of its folder, is not Unicode
said-give-it-a-name-in-unicode = Give it a name in Unicode.
said-1-of-pictures-has-no-caption = 1 of { $of } pictures has no caption: it is learned with the usual sentences.
said-of-pictures-have-no-caption-they = { $without } of { $of } pictures have no caption: they are learned with the usual sentences.
said-1-of-them-carries = 1 of them carries
said-of-them-carry = { $inside } of them carry
said-a-description-that-another-program-wrote = { $few } a description that another program wrote: --embedded-captions takes it.
said-encoding-pictures = encoding pictures
said-no-sentence-of-contains-the-word = No sentence of { $a } contains the word where the model can still read it.
said-no-sentence-of-any-picture-contains = No sentence of any picture contains the word where the model can still read it
said-use-shorter-captions-or-sentences-fewer = Use shorter captions or sentences, fewer vectors, or the built-in sentences.
said-this-picture-is-gone = this picture is gone: { $one }
said-these-pictures-are-gone = these pictures are gone: { $a }
said-put-back-or-name-new-place = Put { $them } back, or name { $their } new place with --images: a run goes on with all its pictures or not at all.
said-timesteps-begins-at-but-this-model = timesteps begins at { $first }, but this model has only { $most }
said-choose-a-range-from-0-to = Choose a range from 0 to { $most }.

# engine/jobs/learn/initial_word.rs
said-the-model-does-not-know-the = The model does not know the initial word “{ $initial_word }”
said-say-in-a-plain-word-what = Say in a plain word what the pictures show, such as cat, mug or painting.
said-the-model-reads-as-the-word = The model reads “{ $initial_word }” as { $parts }; the word starts from the first { $used } of these, with { $count } vectors.

# engine/jobs/learn/masks.rs
said-looking-for-the-thing = looking for the thing
said-nothing-stands-out-clearly-in-all = Nothing stands out clearly in { $a }: all of it is learned. A mask of your own says what should be.

# engine/jobs/learn/measure.rs
said-pictures-are-not-judged = Pictures are not judged: { $error }
said-measuring-the-loss = measuring the loss

# engine/jobs/learn/prepare.rs
said-the-model-has-changed-since-this = The model has changed since this run began; the word may not fit it any more.
said-this-run-began-on-on-it = This run began on { $began }; on { $device } it goes on with slightly other rounding.
said-the-model-of-this-run-is = the model of this run is gone, and { $a } is another one
said-the-model-of-this-run-is-gone = the model of this run is gone
said-put-it-back-or-name-its = Put it back, or name its new place with --model.
said-begin-a-new-run-in-another = Begin a new run in another folder.
said-its-run-toml-names-no-pictures = its run.toml names no pictures
said-its-word-is-learned-but-its = its word is learned, but its checkpoints are gone
said-put-them-back-or-begin-a = Put them back, or begin a run in another folder.
said-the-two-words-and-would-have = The two words, { $a } and { $b }, would have one file
said-give-the-second-one-another-name = Give the second one another name.
said-the-word-gets-its-second-vector = The word gets its second vector after step { $next }, and the run has { $steps }: say with --add-vector-at when it is to grow.
said-its-checkpoint-holds-numbers-where-the = its checkpoint holds { $a } numbers where the model needs { $b }
said-resume-it-with-the-model-it = Resume it with the model it was begun with.
said-a-step-takes-about-of-memory = A step takes about { $a } of memory, and only { $b } can be had: it may end there. Choose a smaller size, fewer pictures at once, or --precision f16.
said-memory-is-spared-because-only-can = Memory is spared, because only { $there } can be had: a step takes about { $needed }, the processor reads the sentences, and all takes longer.
said-memory-is-spared-because-only-can-be = Memory is spared, because only { $there } can be had: a step takes about { $needed } and half as long again. --low-memory off forbids it.

# engine/jobs/learn/previews.rs
said-preview-of = preview { $a } of { $b }
said-a-picture-takes-about-here-so = A picture takes about { $all } here, so the first one is drawn after { $first_steps } steps.
said-no-preview = No preview: { $error }

# engine/jobs/learn/retry.rs
said-learning-waits-nothing-is-lost-and = { $error } Learning waits; nothing is lost and saving is tried again.

# engine/jobs/learn/start.rs
said-the-text-encoders-output-is-longer = The text encoder's output is longer than usual words, and the pull to their length takes that away. With --norm-pull 0 it stays.
said-leave-out-how-many-vectors-the = Leave out how many vectors the new word is to have.
said-its-word-has-instead-of = its word has { $vectors } instead of { $asked }
said-its-word-has-vectors-and-is = its word has { $count } vectors, and { $max_vectors } is the most that can be learned
said-begin-from-another-word = Begin from another word.
said-its-word-has-vectors-with-which = its word has { $vectors }, with which --method { $a } does not begin
said-begin-from-another-word-or-choose = Begin from another word, or choose another method.
said-the-text-encoders-of-this-model = The text encoders of this model give { $width } numbers for a token and take { $a }
said-begin-from-the-initial-word-itself = Begin from the initial word itself: --start token.
said-the-text-encoders-output-for-the = The text encoder's output for the initial word is not finite

# engine/jobs/look.rs
said-it-holds-no-word-b = it holds no word
said-choose-another-file = Choose another file.
said-the-prompt-has-no-place-for = The prompt “{ $prompt }” has no place for the word

# engine/jobs/measure.rs
said-can-only-be-measured-on-the = { $a } can only be measured on the machine that lends it
said-run-pseudoword-devices-tune-there = Run `pseudoword devices --tune` there, and then `pseudoword serve` anew.
said-measuring-this-device = measuring this device

# engine/jobs/mix.rs
said-sentences-the-usual-length-and-conversions = Sentences, the usual length and conversions take a model
said-name-one-with-model = Name one with --model.
said-a-word-of-stable-diffusion-1 = A word of Stable Diffusion 1 is taken for Stable Diffusion XL. Its first text encoder reads it as it is; what the second reads is carried over and only approximate.
said-nothing-is-converted-no-word-is = Nothing is converted: no word is of Stable Diffusion 1 while the model is of XL.
said-lengths-are-given-and-needed-one = { $given } lengths are given, and { $wanted } needed: one for each text encoder
said-write-0-4-for-one-or = Write 0.4 for one, or 0.4,0.9 for two.
said-the-result-has-vectors-and-fit = The result has { $a } vectors, and { $max_vectors } fit into a prompt
said-keep-some-of-them-or-average = Keep some of them, or average the words first.
said-the-numbers-of-the-result-are = The numbers of the result are too large for a word
said-use-smaller-weights-or-leave-out = Use smaller weights, or leave out the word that is too large.
said-nothing-is-left-of-the-words = Nothing is left of the words: all numbers of the result are zero
said-change-the-weights = Change the weights.

# engine/jobs/mix/asked.rs
said-the-model-does-not-know = The model does not know “{ $text }”
said-write-words-that-it-knows-such = Write words that it knows, such as an old wooden house.

# engine/jobs/mix/parts.rs
said-it-holds-words-and-one-is = it holds { $count } words, and one is to be mixed
said-write-each-to-a-file-of = Write each to a file of its own first: pseudoword convert --to emb-params.
said-numbers-a-vector = { $a } numbers a vector{ $family }
said-it-has-and-has = it has { $a }, and { $first } has { $b }
said-mix-words-of-one-base-model = Mix words of one base model.
said-was-learned-on-and-on-the = { $first } was learned on { $a } and { $second } on { $b }: the mix may look less like either.

# engine/jobs/suggest.rs
said-reading-the-words-of-the-model = reading the words of the model
said-what-clip-makes-of-the-words = What CLIP makes of the words cannot be kept for the next time: { $error }

# engine/jobs/tune.rs
said-it-holds-words-and-a-model = it holds { $a } words, and a model is tuned to one
said-take-one-of-them-out-with = Take one of them out with `pseudoword convert`.
said-put-the-model-back-that-it = Put the model back that it was begun with, or tune anew in another folder.
said-its-model-has-changed-since-it = its model has changed since it was begun
said-put-the-word-back-as-it = Put the word back as it was, or tune anew in another folder.
said-it-has-changed-since-the-tuning = it has changed since the tuning was begun
said-this-tuning-ended-before-its-first = This tuning ended before its first state was kept: it begins once more.
said-go-on-from-the-last-good = Go on from the last good state: --resume with a lower --learning-rate, or with --precision f32.
said-the-sentence-is-too-long-the = The sentence is too long: the model does not read as far as the word
said-use-a-shorter-one = Use a shorter one.
said-to-learn-every-number-of-the = To learn every number of the U-Net takes { $a } of { $what }, and { $b } can be had
said-use-kind-lora-with-a-higher = Use --kind lora, with a higher --rank for more room.
said-the-cards-memory = the card's memory
said-the-computers-memory = the computer's memory
said-a-step-takes-about-and-can = A step takes about { $a }, and { $b } can be had. These take less:{ $less } a smaller --resolution, --weights 8bit.

# engine/jobs/tune/files.rs
said-tuning-a-model = tuning a model
said-choose-another-folder-or-go-on = Choose another folder, or go on with it: --resume.
said-this-folder-holds-a-file = this folder holds a file already that would be replaced: { $name }
said-choose-another-folder-or-move-that = Choose another folder, or move that file elsewhere.
said-a-model-was-tuned-in-this = a model was tuned in this folder already
said-its-checkpoint-is-of-another-model = its checkpoint is of another model or another rank than its document says
said-put-both-files-back-as-they = Put both files back as they were, or tune anew in another folder.
said-to-be-used-with-the-learned = to be used with the learned word { $word }

# engine/queue.rs
said-a-drawing-waits-until-the-word = A drawing waits until the word is learned or its run is stopped: it is drawn with another model, with a LoRA, or with other numbers (precision, weights), than the word is learned with.
said-jobs-wait-already-which-is-as = { $most_waiting } jobs wait already, which is as many as may
said-let-some-of-them-end-or = Let some of them end, or take some away from those that wait.

# engine/remote.rs
said-copy-the-token-file-from-that = Copy the token file from that machine and name it with --token-file.
said-install-the-same-version-on-both = Install the same version on both machines.
said-it-knows-operations-of-version-this = it knows operations of version { $theirs }, this program { $ours }
said-another-machines-processor = another machine's processor
said-another-machines-card = another machine's card
said-encrypted = encrypted
said-not-encrypted = not encrypted
said-copy-the-line-that-pseudoword-serve = Copy the line that `pseudoword serve` prints there.
said-is-no-machines-id = { $id } is no machine's id ({ $error })
said-could-not-be-found = { $address } could not be found ({ $error })
said-is-another-version-of-pseudoword = { $a } is another version of Pseudoword: { $what }
said-does-not-let-this-program-in = { $name } does not let this program in: the token is missing or is another one
said-cannot-be-reached = { $name } cannot be reached ({ $error })
said-see-that-pseudoword-serve-is-running = See that `pseudoword serve` is running there and that no firewall is between; then try again.
said-see-that-this-computer-is-on = See that this computer is on that network, or write the address in numbers, as in 192.168.1.5:9234.
said-cannot-be-reached-nothing-was-answered = { $host } cannot be reached: nothing was answered within { $seconds } seconds
said-see-that-pseudoword-serve-is-running-on = See that `pseudoword serve` is running there, on that port, and that no firewall is between; then try again.
said-the-connection-to-was-cut = The connection to { $host } was cut
said-see-that-it-is-on-and = See that it is on and that `pseudoword serve` is running there; then try again.

# engine/export.rs
said-words-are-saved-without-a-signature = Words are saved without a signature: { $fault }

# engine/sealing.rs
said-pictures-are-saved-without-content-credentials = Pictures are saved without content credentials: { $fault }
said-a-picture-was-saved-without-content = A picture was saved without content credentials: { $fault }

# engine/tuning.rs
said-is-and-only-on-or-off = { $variable } is { $named }, and only on or off mean something. It is ignored.
said-what-was-measured-about-this-device = What was measured about this device is not used: { $fault } ({ $place }). Take that file away to measure anew.
said-the-file-cannot-be-read = the file cannot be read: { $error }
said-the-file-is-far-too-large = the file is far too large to be one of this program
said-the-file-is-damaged = the file is damaged: { $error }
said-the-file-is-of-another-program = the file is of another program, or of another version of this one
said-take-that-file-away-and-measure = Take that file away, and measure again.

# engine/warm_up.rs
said-the-device-failed = The device failed ({ $error })
said-choose-another-one-or-a-smaller = Choose another one, or a smaller size.

# models/discovery/places.rs
said-hugging-face-cache = Hugging Face cache
said-your-folder = Your folder
said-models-that-only-it-names-are = { $a }: { $fault }. Models that only it names are not listed.
said-it-cannot-be-read = it cannot be read ({ $other })
said-it-is-not-readable-as-json-b = it is not readable as JSON

# models/discovery/programs/comfy.rs
said-it-is-not-a-list-of = it is not a list of sections with folders

# models/discovery/programs/invoke.rs
said-its-list-of-models-cannot-be = its list of models cannot be read ({ $a })
said-it-holds-no-list-of-models = it holds no list of models

# models/discovery/watch.rs
said-this-list-of-folders-was-made = this list of folders was made by another version of Pseudoword
said-choose-a-folder-and-check-that = Choose a folder, and check that the drive it is on is connected.
said-there-is-no-such-folder = there is no such folder
said-take-some-off-the-list-or = Take some off the list, or name a folder that holds several of them.
said-folders-are-watched-already = { $most } folders are watched already

# models/download/faults.rs
said-check-the-connection-to-the-internet = Check the connection to the internet, then resume the download: what has come is kept.
said-the-server-cannot-be-found-the = the server cannot be found; the computer may be offline
said-the-server-did-not-answer-in = the server did not answer in time
said-the-connection-was-cut = the connection was cut ({ $plain })
said-the-server-cannot-be-reached-offline = the server cannot be reached; the computer may be offline ({ $plain })
said-the-server-cannot-be-reached-b = the server cannot be reached; the computer may be offline
said-check-the-computers-date-and-whether = Check the computer's date and whether a program or proxy intercepts its connections.
said-the-server-cannot-prove-who-it = The server cannot prove who it is, so nothing was sent to it
said-check-the-variables-https-proxy-and = Check the variables HTTPS_PROXY and NO_PROXY, and whether the proxy asks for a password.
said-the-proxy-lets-no-connection-through = The proxy lets no connection through
said-the-server-answered-in-a-way = the server answered in a way that is not HTTP
said-the-server-does-not-accept-the = The server does not accept the access token for { $what } (401)
said-make-a-new-token-at-https = Make a new token at https://huggingface.co/settings/tokens and put it into the variable HF_TOKEN.
said-the-server-asks-who-you-are = The server asks who you are before it gives { $what } (401)
said-accept-the-models-licence-on-its = Accept the model's licence on its page, make an access token at https://huggingface.co/settings/tokens, and put it into the variable HF_TOKEN.
said-the-server-refuses-403 = The server refuses { $what } (403)
said-open-the-models-page-while-signed = Open the model's page while signed in, accept its licence, and check that your access token may read it.
said-the-server-has-no = The server has no { $what } ({ $a })
said-it-may-have-been-moved-or = It may have been moved or renamed; check the model's page, or the variable HF_ENDPOINT if it is set.
said-the-server-has-too-many-requests = the server has too many requests to answer (429)
said-the-server-is-in-trouble = the server is in trouble ({ $a })
said-the-server-answered-with-which-says = The server answered { $what } with { $other }, which says nothing to this program
said-try-again-later-or-check-the = Try again later, or check the variable HF_ENDPOINT if it is set.
said-the-disk-of-is-full = The disk of { $a } is full
said-free-some-room-then-resume-the = Free some room, then resume the download: what has come is kept.

# models/download/hub.rs
said-the-variable-hf-hub-offline-forbids = The variable HF_HUB_OFFLINE forbids downloads
said-unset-it-to-download-models = Unset it to download models.
said-is-no-address-to-download-from = “{ $endpoint }” is no address to download from
said-write-hf-endpoint-like-https-huggingface = Write HF_ENDPOINT like https://huggingface.co, or unset it.
said-the-proxy-that-the-variable-names = The proxy that the variable { $name } names cannot be used
said-write-it-like-http-proxy-example = Write it like http://proxy.example:3128, or unset it.

# models/download/job.rs
said-wait-for-it-or-stop-it-there = Wait for it, or stop it there.
said-another-window-of-this-program-downloads = Another window of this program downloads this model already
said-the-repository-no-longer-has = The repository { $a } no longer has { $b }
said-a-newer-version-of-this-program = A newer version of this program may know where it is now.
said-there-is-not-enough-room-in = There is not enough room in { $a }: { $b } are needed and { $c } are free
said-free-some-then-start-the-download = Free some, then start the download again.
said-the-server-does-not-answer-like = The server does not answer like one that models come from
said-a-sign-in-page-may-stand = A sign-in page may stand between; open https://huggingface.co in a browser, or check HF_ENDPOINT.

# models/download/list.rs
said-the-usual-model-to-learn-a = The usual model to learn a first word on: 512 pixels, and a card with 8 GB is enough.
said-larger-and-more-faithful-pictures-of = Larger and more faithful pictures of 1024 pixels, for a card with 16 GB or more.
said-the-model-of-the-paper-that = The model of the paper that words were first learned on: 256 pixels, to compare with what it shows.
said-the-judge-that-scores-how-well = The judge that scores how well a word looks like its pictures and obeys prompts, as in the paper.

# models/download/partial_file.rs
said-did-not-arrive-as-it-was = { $a } did not arrive as it was published: its checksum is wrong, so it was deleted
said-download-it-again-if-that-happens = Download it again; if that happens twice, try another network or server.

# models/download/response.rs
said-the-connection-was-cut-b = the connection was cut
said-the-server-sends-this-program-to = The server sends this program to an address that it cannot follow

# models/download/transfer.rs
said-the-server-has-another-version-of = the server has another version of the file by now
said-the-connection-ended-early = the connection ended early
said-the-server-sends-something-else-than = The server sends something else than { $a }: its length is not the one that it listed
said-a-proxy-or-a-sign-in = A proxy or a sign-in page may stand between; open the model's page in a browser, then try again.

# models/named_files.rs
said-not-among-the-files-known-here = { $what } { $a } ({ $b }): not among the files known here

# disk/convert.rs
said-the-model-could-not-be-converted = The model could not be converted; it may be damaged. Try another.

# disk/discovery.rs
said-a-file-could-not-be-looked = A file could not be looked at; it may be damaged. The search was ended.

# disk/drafts.rs
said-this-concept-is-open-in-another = this concept is open in another window
said-go-on-with-it-there-or = Go on with it there, or close it there first.
said-check-how-the-path-is-written = Check how the path is written, or drop the file itself.
said-there-is-nothing-at-this-path = there is nothing at this path
said-this-is-not-a-picture-that = this is not a picture that can be read
said-of-pictures-the-first-were-taken = Of { $a } pictures the first { $most } were taken; three to five are best.
said-this-picture-is-still-being-written = this picture is still being written
said-add-it-again-once-the-other = Add it again once the other program has finished.
said-captions-cannot-be-read-and-are = captions cannot be read and are left out
said-this-picture-could-not-be-looked = This picture could not be looked at; it may be damaged.

# disk/drawings.rs
said-the-clipboard-holds-no-settings-of = The clipboard holds no settings of a picture
said-copy-the-whole-text-from-the = Copy the whole text from the picture's page, with the line that begins with Steps.

# disk/edits.rs
said-editing-the-picture = editing the picture
said-this-was-drawn-into-open-that = This was drawn into { $name }: open that picture here to go back through all that was done to it.
said-the-mask-could-not-be-changed = The mask could not be changed.
said-the-picture-is-kept-you-find = The picture is kept: you find it among those drawn before, in Compose.

# disk/gallery.rs
said-it-does-not-lie-in-the = it does not lie in the folder of pictures
said-move-it-in-your-file-manager = Move it in your file manager.
said-a-folder-needs-a-name = A folder needs a name
said-the-name-of-a-folder-cannot = The name of a folder cannot begin or end with a dot
said-the-name-of-a-folder-cannot-have = The name of a folder cannot have any of / \ : * ? " < > |
said-this-name-of-a-folder-is = This name of a folder is too long
said-type-another-name-such-as-portraits = Type another name, such as portraits.
said-there-is-something-of-this-name = there is something of this name already
said-windows-has-a-device-of-this = Windows has a device of this name

# disk/lib.rs
said-another-model-is-being-converted-wait = Another model is being converted: wait for it.
said-and-more = and { $more } more

# disk/library.rs
said-steps-of-the-way = { $steps }, { $a } % of the way,
said-after-steps-is-in-the-library = { $token } after { $steps } is in the library.
said-is-in-the-library-now = { $one } is in the library now.
said-in-the-library-now = In the library now: { $a }.
said-files-hold-no-word-that-can = files hold no word that can be used
said-signed-by-intact-b = (signed by { $a }…, intact)
said-changed-since-it-was-signed-do = (changed since it was signed: do not rely on its receipt)
said-the-library-has-a-word-already = The library has a word { $a } already
said-this-word-lies-in-a-folder = this word lies in a folder of another program, where nothing is changed
said-bring-it-into-your-library-first = Bring it into your library first.

# disk/library/listing.rs
said-it-could-not-be-read-and = { $a }: it could not be read, and may be damaged.
said-it-is-left-out-of-the = It is left out of the library.
said-it-is-a-picture-without-a = it is a picture without a word
said-not-among-the-files-known-here-b = not among the files known here

# disk/library/notes.rs
said-correct-it-in-a-text-editor = Correct it in a text editor, or move it elsewhere.
said-it-is-not-readable-as-notes = it is not readable as notes of words ({ $error })
said-it-was-written-by-a-newer = it was written by a newer version of Pseudoword
said-its-name-is-not-text = its name is not text
said-give-the-folder-another-name = Give the folder another name.
said-this-is-the-library-itself = this is the library itself
said-it-is-shown-already = It is shown already.

# disk/library/sidecar.rs
said-in-the-same-way-notes-of = In the same way: notes of other words of the library, { $count } in all.

# disk/library/watching.rs
said-a-file-of-the-library-could = A file of the library could not be looked at; it may be damaged.

# disk/search.rs
said-best-rated-first = Best rated first
said-by-base-model = By base model
said-most-vectors-first = Most vectors first

# disk/thumbnails.rs
said-a-picture-could-not-be-looked = A picture could not be looked at; it may be damaged.

# disk/worker.rs
said-a-file-could-not-be-worked = A file could not be worked on; it may be damaged. Try another.
said-close-it-there-first = Close it there first.

# project/manifest.rs
said-it-is-another-picture-than-the = it is another picture than the run was begun with
said-put-back-the-one-that-was = Put back the one that was there, or begin a run of its own.

# engine/wire.rs
said-this-computer-s-own-port-to = this computer's own port to it was closed

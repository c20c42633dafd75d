obstacle-no-prompt = The prompt is empty: choose a thing or a style, or write what you want to see.
obstacle-no-concept = There is no concept yet: drop in pictures, or pick a sample.
obstacle-no-pictures = There are no pictures yet: drop in three to five of the same thing or style.
obstacle-none-on = No picture is switched on: switch on three to five.
obstacle-fault = { $fault } Or switch the picture off.
obstacle-known-word = The model knows the word { $word } already: choose one that nobody uses, like <{ $word }-1>.
obstacle-no-clip = There is no CLIP to find where the word begins: download one in Models, or let it begin as its word, under Advanced.
obstacle-unpacking = The starter model is still being unpacked.
obstacle-engine = Nothing can compute: { $gone }
obstacle-marked = { $count ->
    [one] 1 picture is
   *[other] { $count } pictures are
} marked against learning: switch off what you have no right to, or say on record why you may, under “Whose pictures are these?”.
leaving-after-step = Close now, and it is saved after its current step and goes on when you start again.
leaving-as-left = Close now, and it goes on from where it was left when you start again.
leaving-not-begun = It has not begun yet and will have to be started again.
leaving-comparison = The comparison keeps what it has found; open its folder in Compare another day to go on.
leaving-learning = A word is being learned
leaving-comparing = Methods are being compared
leaving-drawing = Pictures are being drawn
leaving-pictures = { $count ->
    [one] 1 picture waits to be drawn; it is not kept.
   *[other] { $count } pictures wait to be drawn; they are not kept.
}
engine-ended = the engine has ended. Start it again; a run goes on from its last checkpoint.
misfit-shadowed = Another word is called like this one, which is listed as { $name }. Bring it into your library, where it gets a name of its own.
misfit-family = { $word } was learned for { $own }, and the model in use is { $other }. Choose its model in Models.
misfit-width = { $word } was learned on another model: its vectors have { $own } numbers, the model in use takes { $other }. Choose its model in Models.
services-no-browser = Your browser could not be opened ({ $error }). The page is { $address }.
services-not-shown = The folder { $folder } could not be shown ({ $error }).
services-no-engine = Nothing can compute: start the engine again first.
services-disk-full = Too much is waiting to be done on the disk. Try again in a moment.
app-device-lost = The graphics card no longer draws this window. Start Pseudoword again; what was learned is kept and can be gone on with.

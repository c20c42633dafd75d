obstacle-no-prompt = The prompt is empty: choose a thing or a style, or write what you want to see.
obstacle-no-concept = There is no concept yet: drop in pictures, or pick a sample.
obstacle-no-pictures = There are no pictures yet: drop in three to five of the same thing or style.
obstacle-none-on = No picture is switched on: switch on three to five.
obstacle-fault = { $fault } Or switch the picture off.
obstacle-known-word = The model knows the word { $word } already: choose one that nobody uses, like <{ $word }-1>.
obstacle-no-clip = There is no CLIP to find where the word begins: download one in Models, or let it begin as its word, under Advanced.
obstacle-unpacking = The starter model is still being unpacked.
obstacle-no-starter = There is no model: the starter model could not be unpacked. Open another in Models, or make room on the disk and start Pseudoword again.
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
trend-young = Too early to tell: the first judgement comes with more steps.
trend-fixed-noise = loss on fixed noise
trend-mean = the mean loss
trend-rising = Loss on fixed noise is rising: an earlier step may be better (step { $step }).
trend-unmoved = It has hardly changed for { $length } steps, and is still close to the word it began as.
trend-flat = The curve is flat so far: the pictures say more than it does.
trend-learned = It has hardly changed for { $length } steps: it is learned.
trend-falling = Still learning: { $what } fell { $part } in the last { $steps } steps.
trend-worse = A little worse than before: the next steps will tell.
trend-nearly = Nearly there: { $what } is about where it was { $steps } steps ago.
trend-better = Getting better: pictures of step { $step } are the most like yours so far (likeness { $likeness }, obedience { $obedience }).
trend-best = The best word is that of step { $step }: { $reason }.
trend-less = less than 1 %
under-way-standing = learning, step { $step }
title-converting = converting { $name }
title-downloading = downloading { $name }
title-paused = paused, { $what }
actions-no-run = Choose a run in the Learn room first: its steps are drawn.
actions-copied = Copied.
actions-copied-picture = The picture is on the clipboard.
actions-pasted-too-much = Of what you pasted the first { $most } characters were taken: a field has room for no more.
actions-no-word = There is no word to export yet: learn one first.
actions-none-under-way = No word is being learned now: begin one, or go on with a run.
disk-converted = The model is now also { $file }
disk-saved = Saved { $file }
disk-downloaded = { $name } is here. Press Use to learn and draw with it.
disk-word-missing = This picture was drawn with the learned word { $name }, which is not in your library.
disk-no-settings = This picture carries no settings that are known here, so there is nothing to take over. Pictures of this program, of A1111 and Forge, ComfyUI, InvokeAI, Fooocus and NovelAI carry them, unless a site took them out.
disk-values-changed = Some values of this picture cannot be used here and were changed: { $values }.
disk-other-model = This picture was drawn with the model { $model }; yours will draw another.
engine-device-gone = The device you chose another day is not there, so the best one is taken: { $message }
doing-loading = loading the { $what }
doing-part = { $what } ({ $done } of { $of })
engine-grid-saved = The whole grid is saved as { $file }.
engine-measured-best = This device is measured: it calculates in the fastest ways already.
engine-measured = This device is measured: what it calculates takes { $percent } % of the time it took before.
engine-word = The word
engine-learned-better = { $word } is learned: it explains its pictures { $percent } % better than the word it began as.
engine-learned = { $word } is learned.
engine-stopped = { $word } was stopped and kept after { $step } steps. Resume it any time from its run.
engine-stopped-itself = {" "}It stopped by itself: { $why }
engine-kept = {" "}The word of step { $step } is kept: { $why }.
doing-learning = learning
doing-step = learning, step { $step } of { $steps }
doing-drawing = drawing
doing-waiting = waiting for a picture of yours
doing-others = { $others ->
    [one] waiting for another on that machine
   *[other] waiting for { $others } others on that machine
    }
jobs-no-clip = There is no CLIP to look at the pictures with: download one in Models.
jobs-suggest = Looking for words
jobs-no-model = There is no model to measure the device with: open one in Models.
jobs-measure = Measuring the device
jobs-learn = Learning { $word }
jobs-a-word = a word
jobs-none-to-go-on = There is no run to go on with: all are learned to their end.
jobs-going-on = Going on with the word that was being learned when you closed the window.
jobs-draw = Drawing: { $prompt }
jobs-edit = Editing: { $prompt }
jobs-mix = Mixing { $word }
jobs-mix-try = Trying a mix of words
jobs-too-many = { $count } jobs wait already, which is as many as may. Let some end, or clear what waits.
jobs-next-device = It is used as soon as the running job has ended.
jobs-same = The same is being done already, or waits for its turn.
jobs-learning = A word is being learned already. Stop it first, or wait for it.
outlines-suggested = { $count ->
    [one] 1 outline is suggested. Look at each before you learn.
   *[other] { $count } outlines are suggested. Look at each before you learn.
}
outlines-unclear = { $count ->
    [one] 1 outline is suggested. Paint by hand where nothing was found: { $names }.
   *[other] { $count } outlines are suggested. Paint by hand where nothing was found: { $names }.
}

# The commands: what a button says, and what the command does.

command-go-concept = Concept
    .tip = Collect the pictures and name the word

command-go-learn = Learn
    .tip = Watch the word being learned

command-go-compose = Compose
    .tip = Draw new pictures with your words

command-go-library = Library
    .tip = Your words: rename, export, share

command-go-models = Models
    .tip = Choose the model that learns and draws

command-go-compare = Compare
    .tip = Lay words, methods and people's judgement side by side

command-go-edit = Edit
    .tip = Change a part of a picture, with your words

command-go-gallery = Gallery
    .tip = Look at everything you drew: in folders, large, two beside each other

command-new-concept = New concept
    .tip = Begin an empty concept; the one you have is kept

command-add-pictures = Add pictures…
    .tip = Choose pictures of the thing or style to learn

command-add-folder = Add a folder…
    .tip = Take all pictures of a folder to learn from

command-learn = Learn
    .tip = Begin to learn the word from these pictures

command-go-on = Go on learning
    .tip = Go on with the newest run that was stopped or interrupted

command-pause-resume = Pause or resume
    .tip = Hold the running job after its current step, or go on; while a word is held you can draw with it

command-stop = Stop and keep
    .tip = End the running job after its current step; what it made is kept

command-preview-now = Preview now
    .tip = Draw the word as it is at this moment

command-try-word = Try it
    .tip = Open Compose with the word as it is now; learning waits while your pictures are drawn, and loses nothing

command-skip = Skip this picture
    .tip = Leave the picture that is being drawn, and those drawn together with it, and go on with the next one

command-draw = Draw
    .tip = Draw what the prompt says

command-grid-of-weights = Grid of weights
    .tip = Draw the prompt with its learned word from a whisper to a shout, three seeds each

command-grid-of-steps = Grid of training steps
    .tip = Draw the word of the run in the Learn room as it was at five of its steps, three seeds each

command-paste-settings = Paste settings
    .tip = Take prompt and settings from a text on the clipboard, as picture sites and A1111 copy it

command-roll-seed = New seed
    .tip = Begin from other noise: another picture of the same prompt

command-import-word = Import words…
    .tip = Bring word files of other programs into the library

command-export-word = Export the word…
    .tip = Write the word chosen in the library as a file for other programs

command-open-model-file = Open a model file…
    .tip = Choose a model in a single file, .safetensors or .ckpt; it stays where it is

command-open-model = Open a model folder…
    .tip = Choose the folder of a model in the diffusers layout; it stays where it is

command-find-models = Find models
    .tip = Look for models and words of other programs on this computer; nothing is copied

command-stop-finding = Stop looking
    .tip = End the search; what was found stays listed

command-watch-folder = Look into a folder…
    .tip = Choose a folder of yours with models or words; it is looked into from now on

command-palette = Command palette
    .tip = Find any command by typing

command-toggle-theme = Light or dark
    .tip = Switch between the light and the dark window

command-show-guide = First steps
    .tip = Show the three-step guide again

command-about = About Pseudoword
    .tip = Version, licences and the folder where everything is kept

command-restart-engine = Start the engine again
    .tip = Open the graphics card again after it was lost

command-quit = Quit
    .tip = Close the window; a word being learned is saved first, and you are asked before anything is lost

command-speak-system = Language of the system
    .tip = Show the window in the language of your system, where it speaks it

command-speak-english = English
    .tip = Show the window in English

command-speak-japanese = 日本語
    .tip = Show the window in Japanese

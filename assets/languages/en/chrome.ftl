rail-page = { $page } room
top-model-none = No model yet
top-model =
    .name = Model: { $model }
    .tip = The model that learns and draws. Choose another in Models.
chrome-starter-model = Starter model
top-device-looking = Looking for a graphics card…
top-device-cpu = { $name } (processor{ $memory }; slower than a graphics card)
top-device-software = { $name } (a graphics card imitated in software{ $memory }: slow)
top-queue-idle = Nothing to do
top-queue-broken-off = Something broke off
top-queue-held = { $text }, held
top-queue-empty = What you ask for waits here until the one before it is done.
top-queue =
    .tip = What is being worked on and what waits for it; each can be moved up or cancelled
top-queue-jobs = { $count ->
    [one] 1 job
   *[other] { $count } jobs
}
status-bar-running =
    .tip = How far the running job is
status-bar-waiting =
    .tip = It has not begun
status-stop =
    .name = Stop the job
status-resume = Resume
    .name = Resume the job
status-pause = Pause
    .name = Pause the job
status-cancel = Cancel
    .name = Cancel the waiting job
    .tip = Take this job away; it has not begun
status-begin = Let them begin
    .name = Let the waiting jobs begin
    .tip = Begin the jobs that wait, one after another
status-waits = waits
status-progress = { $done } of { $of }
status-paused = paused
status-steps-a-second = { $rate } steps/s
status-seconds-a-step = { $seconds } s a step
status-left = { $time } left
palette-field =
    .hint = Type what you want to do
    .name = Find a command
palette-none = There is no such command.
notice-dismiss =
    .name = Dismiss
    .tip = Take this message away
notice-read = { $count ->
    [one] 1 message
   *[other] { $count } messages
}
    .tip = Show again what went wrong before
notice-more = { $count } more
    .tip = Show the messages that came before this one
notice-fewer = Only the newest
    .tip = Put the earlier messages away; they are kept
notice-times = {" "}({ $times } times)
leave-save = Save and close
    .tip = Nothing that was learned is lost
leave-anyway = Close anyway
    .tip = What is not done yet is given up
leave-keep-learning = Keep learning
leave-keep-drawing = Keep drawing
leave-stay =
    .tip = Stay here

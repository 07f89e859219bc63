package watch

var WatchWith = watch

type Pause = pause

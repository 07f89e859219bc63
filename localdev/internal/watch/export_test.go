package watch

var (
	WatchWith   = watch
	FoldersWith = watchFolders
)

type Pause = pause

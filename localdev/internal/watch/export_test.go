package watch

var (
	WatchWith   = watch
	FoldersWith = watchFolders
	Follow      = follow
)

type Pause = pause

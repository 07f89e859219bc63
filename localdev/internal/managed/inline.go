package managed

import (
	"path/filepath"

	"github.com/parley-rtc/parley/localdev/internal/carried"
)

// LayOut writes source that stands in a template where CloudFormation puts it, a file named index, and returns its absolute
// folder below cacheDir. Other source of a function of that name, as of another template, has another folder.
func LayOut(cacheDir, id, runtime, source string) (folder string, err error) {
	return carried.Write(filepath.Join(cacheDir, "inline", id), languageOf(runtime).inline(source))
}

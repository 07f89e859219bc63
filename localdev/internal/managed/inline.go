package managed

import (
	"fmt"
	"maps"
	"path/filepath"

	"github.com/parley-rtc/parley/localdev/internal/carried"
)

// LayOut writes source that stands in a template where CloudFormation puts it, a file named index,
// and returns its absolute folder below cacheDir. Other source of a function of that name, as of
// another template, has another folder. Unless it is for a command of the user's, what the language
// needs to read it as on Lambda lies beside it.
func LayOut(cacheDir, id, runtime, source string, forCommand bool) (folder string, err error) {
	if !filepath.IsLocal(id) {
		return "", fmt.Errorf("the logical ID %q is no name for a folder: CloudFormation takes letters and digits", id)
	}
	l := languageOf(runtime)
	files := map[string]string{l.source: source}
	if !forCommand {
		maps.Copy(files, l.beside)
	}
	return carried.Write(filepath.Join(cacheDir, "inline", id), files)
}

package managed

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Layers adds to a function's variables where its layers have packages of its language, which are
// found after those in its code's folder. Of two layers the later one counts.
func Layers(env map[string]string, runtime, code string, layers []string) {
	l := languageOf(runtime)
	if l == nil {
		return
	}
	var folders []string
	for _, layer := range slices.Backward(layers) {
		for _, folder := range l.layers(runtime) {
			folder = filepath.Join(layer, filepath.FromSlash(folder))
			if _, err := os.Stat(folder); err == nil {
				folders = append(folders, folder)
			}
		}
	}
	if len(folders) > 0 {
		l.path(env, strings.Join(folders, string(os.PathListSeparator)), code)
	}
}
